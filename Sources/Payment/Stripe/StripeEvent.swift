// SPDX-License-Identifier: MIT

/// What Stripe tells of, as much of it as leads to one of our charges.
struct StripeEvent: Decodable, Equatable {
    struct Object: Decodable, Equatable {
        let id: String?
        let object: String?
        let status: String?
        let metadata: [String: String]?
        /// Of charges and refunds.
        let paymentIntent: String?
    }

    struct Body: Decodable, Equatable {
        let object: Object
    }

    let id: String
    let type: String
    let data: Body

    /// Whether it may tell of a change in one of our charges.
    var isOfInterest: Bool {
        type.hasPrefix("payment_intent.") || type.hasPrefix("charge.") || type.hasPrefix("refund.")
    }

    /// A refund that the customer's bank did not take: the money is with us again.
    var isFailedRefund: Bool {
        data.object.object == "refund" && ["failed", "canceled"].contains(data.object.status)
    }

    /// The intent that it is about.
    var intent: String? {
        data.object.object == "payment_intent" ? data.object.id : data.object.paymentIntent
    }

    /// The key that stands in an intent; a refund bears the key of its reversal instead.
    var key: String? {
        data.object.object == "refund" ? nil : data.object.metadata?[StripeQuestion.keyName]
    }
}
