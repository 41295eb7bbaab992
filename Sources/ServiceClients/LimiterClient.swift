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
        let request = TokenRequest(tenant: tenant.text, cost: cost, key: key)
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
    package func setPlan(_ plan: RatePlan, by who: String) async throws(CallError) -> RatePlan {
        try await connection.call(
            SetPlan(plan: plan, who: who), answer: Plan.self, deadline: deadline
        ).plan
    }

    // MARK: - One frame for all that wait

    private func enqueue(_ waiting: Waiting) {
        let isFirst = state.withLock { state in
            state.waiting.append(waiting)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // What else is asked for until the loop's next turn goes along.
        if isFirst { connection.eventLoop.execute { self.send() } }
    }

    private func send() {
        let waiting = state.withLock { state in
            state.isScheduled = false
            defer { state.waiting = [] }
            return state.waiting
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
