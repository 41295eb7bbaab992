// SPDX-License-Identifier: MIT
import FoundationEssentials

/// Stripe's payment intent, with its latest charge expanded.
struct StripeIntent: Decodable, Sendable, Equatable {
    struct Charge: Decodable, Sendable, Equatable {
        let amountRefunded: Int64
        let refunded: Bool
    }

    struct Failure: Decodable, Sendable, Equatable {
        let code: String?
        let declineCode: String?
    }

    let id: String
    let amount: Int64
    let currency: String
    let status: String
    let metadata: [String: String]
    let latestCharge: Charge?
    let lastPaymentError: Failure?

    /// One page of a list.
    struct Page: Decodable {
        let data: [StripeIntent]
        let hasMore: Bool
    }

    /// Where the money of an intent is.
    enum Standing: Equatable {
        case taken
        case givenBack
        /// A bank said no.
        case declined(reason: String)
        /// It was called off before anything was taken.
        case canceled
        /// It waits for somebody who will never come: the customer, or a second call of ours.
        case waiting
        /// Only time tells.
        case open
    }

    var standing: Standing {
        switch status {
        case "succeeded": return latestCharge?.refunded == true ? .givenBack : .taken
        case "canceled": return .canceled
        case "requires_payment_method":
            let failure = lastPaymentError
            return .declined(reason: failure?.declineCode ?? failure?.code ?? "card_declined")
        case "requires_action", "requires_confirmation": return .waiting
        default: return .open
        }
    }

    /// Nil for what is no such JSON.
    static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) -> Value? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        // Whatever cannot be read is no answer; who asked says so.
        return try? decoder.decode(type, from: Data(body))
    }
}
