// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions
import Testing

/// The tables in `protocol/access.md`.
@Suite struct AccessPolicyTests {
    private let policy = AccessPolicy.stages

    @Test func `a stage consumes its queue and publishes to those that follow it, no others`() {
        let payment = PeerIdentity.service("paymentd")
        #expect(policy.verbs(of: payment, on: "payment") == [.consume, .inspect])
        #expect(policy.verbs(of: payment, on: "fulfillment") == [.publish, .inspect])
        #expect(policy.verbs(of: payment, on: "notification-retry") == .inspect)
        let notification = PeerIdentity.service("notificationd")
        #expect(
            policy.verbs(of: notification, on: "notification-retry")
                == [.consume, .publish, .inspect])
    }

    @Test func `operators do everything with queues, customers and strangers nothing`() {
        #expect(policy.verbs(of: .operator("alice"), on: "payment") == .all)
        #expect(policy.verbs(of: .tenant("acme"), on: "payment") == [])
        #expect(policy.verbs(of: .service("bridged"), on: "payment") == [])
    }

    @Test func `every queue of the rules is consumed by one service, and published to`() {
        let services = ["ingestd", "inventoryd", "paymentd", "fulfillmentd", "notificationd"]
        for queue in AccessPolicy.queues {
            let verbs = services.map { policy.verbs(of: .service($0), on: queue) }
            #expect(verbs.count { $0.contains(.consume) } == 1, "\(queue)")
            #expect(verbs.contains { $0.contains(.publish) }, "\(queue)")
        }
    }

    @Test func `weights are set by operators and ingestd`() {
        #expect(policy.maySetWeights(.service("ingestd")))
        #expect(policy.maySetWeights(.operator("alice")))
        #expect(!policy.maySetWeights(.service("paymentd")))
        #expect(!policy.maySetWeights(.tenant("acme")))
    }

    @Test func `only ingestd and operators take, and read all plans`() {
        for may in [policy.mayTake, policy.mayReadPlans] {
            #expect(may(.service("ingestd")))
            #expect(may(.operator("alice")))
            #expect(!may(.service("paymentd")))
            #expect(!may(.tenant("acme")))
        }
    }

    @Test func `a tenant looks into its own bucket alone`() {
        #expect(policy.mayPeek(.tenant("acme"), at: "acme"))
        #expect(!policy.mayPeek(.tenant("acme"), at: "other"))
        #expect(!policy.mayPeek(.service("paymentd"), at: "acme"))
        #expect(policy.mayPeek(.service("ingestd"), at: "acme"))
    }

    @Test func `plans are set by operators alone`() {
        #expect(policy.maySetPlan(.operator("alice")))
        #expect(!policy.maySetPlan(.service("ingestd")))
        #expect(!policy.maySetPlan(.tenant("acme")))
    }

    @Test func `keys are claimed by ingestd and operators, and listed by operators alone`() {
        #expect(policy.mayClaimKeys(.service("ingestd")))
        #expect(policy.mayClaimKeys(.operator("alice")))
        #expect(!policy.mayClaimKeys(.service("paymentd")))
        #expect(!policy.mayClaimKeys(.tenant("acme")))
        #expect(policy.mayListKeys(.operator("alice")))
        #expect(!policy.mayListKeys(.service("ingestd")))
        #expect(!policy.mayListKeys(.tenant("acme")))
    }

    @Test func `receipts are written by fulfillmentd alone, and read by operators too`() {
        #expect(policy.mayPutReceipt(.service("fulfillmentd")))
        #expect(!policy.mayPutReceipt(.operator("alice")))
        #expect(!policy.mayPutReceipt(.service("paymentd")))
        #expect(policy.mayGetReceipt(.operator("alice")))
        #expect(!policy.mayGetReceipt(.tenant("acme")))
    }
}
