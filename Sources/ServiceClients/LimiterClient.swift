// SPDX-License-Identifier: MIT
import NIOCore
package import Orders
package import Sessions
import Synchronization
package import Wire

/// A client of `ratelimitd`. Takes that are asked for at the same time leave in one frame.
package final class LimiterClient: Sendable {
    private struct Waiting: Sendable {
        let request: TokenRequest
        let continuation: CheckedContinuation<Result<Decision, CallError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Keys of takes whose slots are free from now on.
        var released: [UniqueID] = []
        var isScheduled = false
    }

    private let connection: MeshConnection
    private let deadline: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - connection: kept up by whoever made it.
    ///   - deadline: how long an answer may take.
    package init(_ connection: MeshConnection, deadline: Duration = .seconds(5)) {
        self.connection = connection
        self.deadline = deadline
    }

    /// Takes `cost` tokens of a tenant, or none: see the decision.
    ///
    /// - Parameter key: names the take for `refund`; zero for one that is never given back.
    /// - Throws: when there is no answer. `maybeApplied` means that the tokens may be gone; asking
    ///   again costs at worst as much again, and never lets too much through.
    package func take(
        _ cost: UInt32 = 1, of tenant: TenantID, key: UniqueID = .zero
    ) async throws(CallError) -> Decision {
        try await take(TokenRequest(tenant: tenant.text, cost: cost, key: key, hold: false))
    }

    /// Takes `cost` tokens of a tenant and a slot for as long as `work` lasts, or neither. The slot is
    /// freed on every way out of here: nobody else can, or can forget to.
    ///
    /// - Parameters:
    ///   - key: names the take, as for `take`; not zero.
    ///   - work: is told the decision; run whether or not it is a grant.
    /// - Throws: as `take`; then `work` was not run.
    package func taking<Result: Sendable>(
        _ cost: UInt32 = 1, of tenant: TenantID, key: UniqueID,
        _ work: (Decision) async -> Result
    ) async throws(CallError) -> Result {
        let request = TokenRequest(tenant: tenant.text, cost: cost, key: key, hold: true)
        let decision: Decision
        do throws(CallError) {
            decision = try await take(request)
        } catch {
            // It may have been decided all the same, or is about to be.
            if error.effect == .maybeApplied { release(key) }
            throw error
        }
        defer { if decision.held { release(key) } }
        return await work(decision)
    }

    private func take(_ request: TokenRequest) async throws(CallError) -> Decision {
        let result = await withCheckedContinuation { continuation in
            enqueue(Waiting(request: request, continuation: continuation))
        }
        return try result.get()
    }

    /// What a take of one token would be answered, without taking it.
    package func peek(_ tenant: TenantID) async throws(CallError) -> Decision {
        try await take(0, of: tenant)
    }

    /// Gives back the tokens of a take.
    ///
    /// - Returns: false when the limiter does not know the key, or no longer.
    @discardableResult
    package func refund(_ key: UniqueID, of tenant: TenantID) async throws(CallError) -> Bool {
        try await refund([TokenReturn(tenant: tenant.text, key: key)]).first ?? false
    }

    /// Gives back several takes, at most `WireLimits.batchCountMax`, in one frame.
    package func refund(_ refunds: [TokenReturn]) async throws(CallError) -> [Bool] {
        try await connection.call(
            Refund(refunds: refunds), answer: Refunded.self, deadline: deadline
        ).refunded
    }

    /// The plan in force for a tenant, or `*` for all together.
    package func plan(of tenant: String) async throws(CallError) -> RatePlan {
        try await connection.call(
            GetPlan(tenant: tenant), answer: Plan.self, deadline: deadline
        ).plan
    }

    /// Sets a plan; operators only.
    ///
    /// - Returns: the plan now in force.
    package func setPlan(
        _ plan: RatePlan, by who: String, because why: String
    ) async throws(CallError) -> RatePlan {
        try await connection.call(
            SetPlan(plan: plan, who: who, why: why), answer: Plan.self, deadline: deadline
        ).plan
    }

    /// All plans, by the names of their tenants.
    package func plans() async throws(CallError) -> [RatePlan] {
        var plans: [RatePlan] = []
        while true {
            let page = try await connection.call(
                ListPlans(after: plans.last?.tenant ?? ""), answer: Plans.self, deadline: deadline)
            guard !page.plans.isEmpty else { return plans }
            plans += page.plans
        }
    }

    // MARK: - One frame for all that wait

    private func enqueue(_ waiting: Waiting) { schedule { $0.waiting.append(waiting) } }

    /// Lost with the connection, if it is: the slots are then free as well.
    private func release(_ key: UniqueID) { schedule { $0.released.append(key) } }

    private func schedule(_ change: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            change(&state)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // What else is asked for until the loop's next turn goes along.
        if isFirst { connection.eventLoop.execute { self.send() } }
    }

    private func send() {
        let (waiting, released) = state.withLock { state in
            state.isScheduled = false
            defer {
                state.waiting = []
                state.released = []
            }
            return (state.waiting, state.released)
        }
        // First, so that the takes find what is free.
        for first in stride(from: 0, to: released.count, by: WireLimits.batchCountMax) {
            let end = min(first + WireLimits.batchCountMax, released.count)
            connection.send(Release(keys: Array(released[first..<end])))
        }
        for first in stride(from: 0, to: waiting.count, by: WireLimits.batchCountMax) {
            send(Array(waiting[first..<min(first + WireLimits.batchCountMax, waiting.count)]))
        }
    }

    private func send(_ batch: [Waiting]) {
        connection.submit(
            Take(takes: batch.map(\.request)), answer: Taken.self, deadline: deadline
        ) { result in
            let answers = result.flatMap { taken -> Result<[Decision], CallError> in
                guard taken.decisions.count == batch.count else {
                    let reason = "\(taken.decisions.count) decisions for \(batch.count) takes"
                    return .failure(CallError(.badMessage, effect: .maybeApplied, message: reason))
                }
                return .success(taken.decisions)
            }
            for (index, waiting) in batch.enumerated() {
                waiting.continuation.resume(returning: answers.map { $0[index] })
            }
        }
    }
}
