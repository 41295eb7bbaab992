// SPDX-License-Identifier: MIT
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Bridge

/// Plans of the limiter's part over real sessions: what the bridge cannot keep it refuses.
@Suite struct BridgedPlanTests {
    @Test
    func `a plan with slots, shadow or leniency is refused, and a take that holds holds none`()
        async throws
    {
        try await BridgeFixture().run { clients in
            let tenant = TenantID(unchecked: "t-\(UInt32.random(in: 0 ... .max))")
            let limiter = LimiterClient(try clients.connection(as: .operator("alice")))
            let plan = RatePlan(
                tenant: tenant.text, ratePerSecond: 10, burst: 10, weight: 1, depthMax: 0,
                concurrency: 0, shadow: false, whenAway: .refuse)
            #expect(try await limiter.setPlan(plan, by: "alice", because: "a test") == plan)
            var (slots, shadow, lenient) = (plan, plan, plan)
            slots.concurrency = 1
            shadow.shadow = true
            lenient.whenAway = .allow
            for unkept in [slots, shadow, lenient] {
                let error = await #expect(throws: CallError.self) {
                    try await limiter.setPlan(unkept, by: "alice", because: "a test")
                }
                #expect(error?.code == .unsupported)
            }
            #expect(try await limiter.plan(of: tenant.text) == plan)
            let key = UniqueID(high: 1, low: 1)
            let decision = try await limiter.taking(of: tenant, key: key) { $0 }
            #expect(decision.granted && !decision.held && decision.windowSeconds == 1)
        }
    }
}
