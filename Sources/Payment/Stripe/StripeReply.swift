// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// What came of one exchange with Stripe, sorted by what it says about the effect.
enum StripeReply: Sendable {
    /// 2xx: carried out, now or when it was first asked under its key.
    case done(body: [UInt8])
    /// Carried out, and the card's bank said no.
    case declined(reason: String)
    /// Refused before anything was done: the question was wrong for this order.
    case refused(code: String)
    /// Surely not carried out: busy, or the key to the account is not good.
    case notTaken(reason: String)
    /// Nothing of it left this machine.
    case notSent(reason: String)
    /// Carried out or not.
    case noAnswer(reason: String)

    /// Stripe's `error` object, as far as it decides something. Its `message` is left out: it is
    /// written for developers, and repeats what was sent.
    private struct Problem: Decodable {
        struct Fields: Decodable {
            let type: String?
            let code: String?
            let declineCode: String?
        }

        let error: Fields
    }

    /// Codes by which Stripe refuses a charge for what it is about; all others are about us.
    private static let refusals: Set<String> = [
        "resource_missing", "amount_too_small", "amount_too_large", "parameter_invalid_integer",
        "invalid_charge_amount", "payment_method_unactivated", "payment_method_unexpected_state",
        "charge_already_refunded", "charge_disputed", "payment_intent_unexpected_state",
    ]

    init(_ response: HTTPResponse) {
        let status = response.status
        let problem = Self.problem(response.body)
        let code = problem?.declineCode ?? problem?.code
        let text = Self.text(response, code ?? problem?.type)
        switch status {
        case 200..<300: self = .done(body: response.body)
        case 402 where problem != nil: self = .declined(reason: code ?? "card_declined")
        case _ where problem?.type == "idempotency_error":
            // The key is in use, or was used for another question: what became of that one?
            self = .noAnswer(reason: text)
        case 400, 404:
            // No such payment method: Stripe names it, localstripe only answers 404.
            let isMissing = status == 404 && problem?.type == "invalid_request_error"
            if let code, Self.refusals.contains(code) {
                self = .refused(code: code)
            } else {
                self = isMissing ? .refused(code: "resource_missing") : .notTaken(reason: text)
            }
        case 401, 403, 429: self = .notTaken(reason: text)
        default: self = .noAnswer(reason: text)
        }
    }

    private static func problem(_ body: [UInt8]) -> Problem.Fields? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        // What is no such object says nothing: the status alone decides then.
        return (try? decoder.decode(Problem.self, from: Data(body)))?.error
    }

    /// What to tell people, with the number under which Stripe's support finds the request.
    private static func text(_ response: HTTPResponse, _ code: String?) -> String {
        let request = response.header("request-id").map { ", request \($0.prefix(64))" } ?? ""
        return "Stripe answered \(response.status)\(code.map { " \($0)" } ?? "")\(request)"
    }
}
