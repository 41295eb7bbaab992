// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// L-1 to L-6: takes and refunds.
enum TakeCases {
    static let all: [ConformanceCase] = ceiling + takes + refunds

    private static let ceiling: [ConformanceCase] = [
        .limiter("L-1.1", "no more than the burst, and what came back since, is granted") { trial in
            let tenant = try await trial.setPlan(trial.plan(rate: 10, burst: 50))
            try await hold(trial, tenant, rate: 10, burst: 50, by: [try await trial.desk()])
        },
        .limiter("L-1.2", "the same over many sessions at once") { trial in
            let tenant = try await trial.setPlan(trial.plan(rate: 10, burst: 50))
            var peers: [WirePeer] = []
            for _ in 0..<4 { peers.append(try await trial.peer()) }
            try await hold(trial, tenant, rate: 10, burst: 50, by: peers)
        },
        .limiter("L-1.3", "a bucket that is used up fills again with its rate") { trial in
            // In one frame, and ten seconds to fill: a slow server must not give it time between the two.
            let tenant = try await trial.setPlan(trial.plan(rate: 2, burst: 20))
            let both = try await trial.take([20, 20].map { trial.request(tenant, $0) })
            let denied = both[1]
            try require(
                both[0].granted && !denied.granted && denied.scope == .tenant,
                "granted, then refused, scope tenant",
                seen: "\(both[0].words); then \(denied.words)")
            let soon: ClosedRange<UInt32> = 1...10_000
            try require(
                soon.contains(denied.retryAfterMilliseconds), "retry_after_ms in 1...10000",
                seen: "retry_after_ms \(denied.retryAfterMilliseconds)")
            try await trial.eventually("granted") {
                try await trial.take(tenant, 1)
            } until: {
                $0.granted
            }
        },
        .limiter("L-2.1", "what the mesh's own bucket refuses costs the tenant nothing", .alone) {
            trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 100))
            let before = try await meshPlan(trial)
            try await trial.setPlan(trial.plan(burst: 10, of: "*"))
            let decision = try await trial.take(tenant, 50)
            let left = try await trial.take(tenant, 0)
            try await trial.setPlan(before)
            try require(
                !decision.granted && decision.scope == .global, "refused, scope global",
                seen: decision.words)
            try require(left.remaining >= 99, "100 remaining", seen: "\(left.remaining) remaining")
        },
    ]

    private static let takes: [ConformanceCase] = [
        .limiter("L-3.1", "cost 0 takes nothing") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            for _ in 0..<30 {
                let look = try await trial.grant(tenant, 0)
                try requireEqual(look.remaining, 10, "remaining")
                try requireEqual(look.limit, 10, "limit")
            }
            try await trial.grant(tenant, 10)
        },
        .limiter("L-4.1", "a cost above the burst is refused for ever") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            let denied = try await trial.denial(tenant, 11)
            try requireEqual(denied.retryAfterMilliseconds, .max, "retry_after_ms")
            let look = try await trial.take(tenant, 0)
            try requireEqual(look.remaining, 10, "remaining")
        },
        .limiter("L-6.1", "decisions come in the order asked, each by itself") { trial in
            // The costs leave room for what comes back while a slow server decides.
            let tenant = try await trial.setPlan(trial.plan(burst: 100))
            let decisions = try await trial.take([
                trial.request(tenant, 80), trial.request(tenant, 60), trial.request(tenant, 20),
                trial.request(tenant, 20),
            ])
            try requireEqual(decisions.map(\.granted), [true, false, true, false], "granted")
        },
        .limiter("L-6.2", "takes of several tenants in one frame do not touch each other") {
            trial in
            let first = try await trial.setPlan(trial.plan(burst: 50))
            let second = try await trial.setPlan(trial.plan(burst: 70))
            let decisions = try await trial.take([
                trial.request(first, 50), trial.request(second, 70), trial.request(first, 30),
                trial.request(second, 30),
            ])
            try requireEqual(decisions.map(\.granted), [true, true, false, false], "granted")
        },
    ]

    private static let refunds: [ConformanceCase] = [
        .limiter("L-5.1", "a take is given back once") { trial in
            // Plans of other tenants may change meanwhile: only the tenant's own would make it forget.
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            let key = trial.makeID()
            try await trial.grant(tenant, 8, key: key)
            let again = TokenReturn(tenant: tenant, key: key)
            let answer = try await refund(trial, [again, again])
            try requireEqual(answer, [true, false], "refunded")
            try requireEqual(try await refund(trial, [again]), [false], "refunded")
            try requireEqual(try await trial.take(tenant, 0).remaining, 10, "remaining")
        },
        .limiter("L-5.2", "what is not known is not given back") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            let key = trial.makeID()
            try await trial.grant(tenant, 5, key: key)
            let other = TokenReturn(tenant: trial.makeName(), key: key)
            let unknown = TokenReturn(tenant: tenant, key: trial.makeID())
            try requireEqual(
                try await refund(trial, [other, unknown]), [false, false], "refunded")
        },
    ]

    // MARK: - Words of these cases

    /// Asks for far more than there is, and holds what is granted against the plan.
    private static func hold(
        _ trial: Trial, _ tenant: String, rate: Int, burst: Int, by peers: [WirePeer]
    ) async throws {
        let begin = ContinuousClock.now
        var asked: [(WirePeer, UInt64)] = []
        for peer in peers {
            let requests = Array(repeating: trial.request(tenant, 1), count: burst * 2)
            asked.append((peer, peer.ask(Take(takes: requests))))
        }
        var granted = 0
        for (peer, number) in asked {
            let taken: Taken = try await peer.answer(to: number, "TAKEN").decode()
            granted += taken.decisions.count(where: \.granted)
        }
        let passed = ContinuousClock.now - begin
        let most = burst + rate * Int(passed.components.seconds + 1)
        try require(
            granted <= most, "at most \(most) granted in \(passed)", seen: "\(granted) granted")
        try require(
            granted >= burst, "at least the burst of \(burst) granted", seen: "\(granted) granted")
    }

    private static func refund(
        _ trial: Trial, _ refunds: [TokenReturn]
    ) async throws -> [Bool] {
        try await trial.desk().call(Refund(refunds: refunds), Refunded.self).refunded
    }

    /// The plan of the mesh's own bucket; the widest where there is none, since none can be taken away.
    private static func meshPlan(_ trial: Trial) async throws -> RatePlan {
        let plans = try await trial.desk().call(ListPlans(after: ""), Plans.self).plans
        return plans.first { $0.tenant == "*" }
            ?? trial.plan(rate: 10_000_000, burst: 10_000_000, of: "*")
    }
}
