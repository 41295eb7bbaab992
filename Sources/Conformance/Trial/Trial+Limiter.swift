// SPDX-License-Identifier: MIT
import Orders
import Wire

/// What cases about the limiter do again and again.
extension Trial {
    /// A plan for a tenant of this case's own; slow enough that little comes back while a case runs.
    func plan(
        rate: UInt32 = 1, burst: UInt32, concurrency: UInt32 = 0, of tenant: String? = nil
    ) -> RatePlan {
        RatePlan(
            tenant: tenant ?? makeName(), ratePerSecond: rate, burst: burst, weight: 1, depthMax: 0,
            concurrency: concurrency, shadow: false, whenAway: .refuse)
    }

    /// Gives a tenant its plan, and waits until it is in force.
    /// - Returns: the tenant.
    @discardableResult
    func setPlan(_ plan: RatePlan) async throws -> String {
        let answer = try await desk().call(change(to: plan), Plan.self)
        try requireEqual(answer.plan, plan, "the plan in PLAN:")
        try await eventually("the plan in force within a second") {
            try await desk().call(GetPlan(tenant: plan.tenant), Plan.self).plan
        } until: {
            $0 == plan
        }
        return plan.tenant
    }

    func change(to plan: RatePlan) -> SetPlan {
        SetPlan(plan: plan, who: who, why: "to try the server")
    }

    func request(
        _ tenant: String, _ cost: UInt32, key: UniqueID = .zero, hold: Bool = false
    ) -> TokenRequest {
        TokenRequest(tenant: tenant, cost: cost, key: key, hold: hold)
    }

    /// Takes, all in one frame.
    func take(_ requests: [TokenRequest], by peer: WirePeer? = nil) async throws -> [Decision] {
        let own = if let peer { peer } else { try await desk() }
        let decisions = try await own.call(Take(takes: requests), Taken.self).decisions
        try requireEqual(decisions.count, requests.count, "decisions in TAKEN:")
        return decisions
    }

    /// Takes once.
    func take(
        _ tenant: String, _ cost: UInt32, key: UniqueID = .zero, hold: Bool = false,
        by peer: WirePeer? = nil
    ) async throws -> Decision {
        try await take([request(tenant, cost, key: key, hold: hold)], by: peer)[0]
    }

    /// Takes once, which must be granted.
    @discardableResult
    func grant(
        _ tenant: String, _ cost: UInt32, key: UniqueID = .zero, hold: Bool = false,
        by peer: WirePeer? = nil
    ) async throws -> Decision {
        let decision = try await take(tenant, cost, key: key, hold: hold, by: peer)
        try require(decision.granted, "granted", seen: decision.words)
        return decision
    }

    /// Takes once, which must be refused.
    @discardableResult
    func denial(
        _ tenant: String, _ cost: UInt32, key: UniqueID = .zero, hold: Bool = false,
        scope: Scope = .tenant, by peer: WirePeer? = nil
    ) async throws -> Decision {
        let decision = try await take(tenant, cost, key: key, hold: hold, by: peer)
        let isRight = !decision.granted && decision.scope == scope
        try require(isRight, "refused, scope \(scope)", seen: decision.words)
        return decision
    }
}

extension Decision {
    /// What programs act on.
    var words: String {
        let verdict = granted ? "granted" : "refused"
        return "\(verdict), scope \(scope), remaining \(remaining)" + (held ? ", held" : "")
    }
}
