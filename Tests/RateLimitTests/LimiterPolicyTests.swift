// SPDX-License-Identifier: MIT
import RateLimit
import SecureTransport
import Testing

/// The table in `protocol/limiter.md`.
@Suite struct LimiterPolicyTests {
    @Test func `only ingestd and operators take`() {
        #expect(LimiterPolicy.mayTake(.service("ingestd")))
        #expect(LimiterPolicy.mayTake(.operator("alice")))
        #expect(!LimiterPolicy.mayTake(.service("paymentd")))
        #expect(!LimiterPolicy.mayTake(.tenant("acme")))
    }

    @Test func `a tenant looks into its own bucket alone`() {
        #expect(LimiterPolicy.mayPeek(.tenant("acme"), at: "acme"))
        #expect(!LimiterPolicy.mayPeek(.tenant("acme"), at: "other"))
        #expect(!LimiterPolicy.mayPeek(.service("paymentd"), at: "acme"))
        #expect(LimiterPolicy.mayPeek(.service("ingestd"), at: "acme"))
    }

    @Test func `plans are set by operators alone`() {
        #expect(LimiterPolicy.maySetPlan(.operator("alice")))
        #expect(!LimiterPolicy.maySetPlan(.service("ingestd")))
        #expect(!LimiterPolicy.maySetPlan(.tenant("acme")))
    }
}
