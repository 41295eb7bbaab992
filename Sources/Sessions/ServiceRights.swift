// SPDX-License-Identifier: MIT

/// What one service of the mesh may do.
struct ServiceRights: Sendable {
    /// With the limiter.
    struct LimiterVerbs: OptionSet, Sendable {
        let rawValue: UInt8

        /// Take, hold, release, peek and refund, for any tenant.
        static let take = LimiterVerbs(rawValue: 1)
        /// Read any tenant's plan.
        static let readPlans = LimiterVerbs(rawValue: 2)
    }

    /// With receipts.
    struct ReceiptVerbs: OptionSet, Sendable {
        let rawValue: UInt8

        static let put = ReceiptVerbs(rawValue: 1)
        static let get = ReceiptVerbs(rawValue: 2)
    }

    /// With idempotency keys.
    struct KeyVerbs: OptionSet, Sendable {
        let rawValue: UInt8

        static let claim = KeyVerbs(rawValue: 1)
    }

    /// By queue; each service may inspect every queue besides.
    let queues: [String: AccessPolicy.Verbs]
    let limiter: LimiterVerbs
    let receipts: ReceiptVerbs
    let keys: KeyVerbs
    /// Whether it may see and set the weights of tenants.
    let setsWeights: Bool
}
