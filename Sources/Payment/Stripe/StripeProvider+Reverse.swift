// SPDX-License-Identifier: MIT
import Orders
import Saga

extension StripeProvider {
    /// Gives back what a question took. It is looked up first: what was given back is left alone,
    /// also when the key of the reversal is forgotten.
    func reverse(_ question: StripeQuestion) async -> ReversalAnswer {
        switch await intent(of: question) {
        case .found(let intent): await reverse(question, intent)
        // What was sent may still arrive: only the stage's own record can end such a charge.
        case .none: .unknown(reason: "Stripe does not know the charge yet")
        case .unknown(let reason): .unknown(reason: reason)
        }
    }

    private func reverse(
        _ question: StripeQuestion, _ intent: StripeIntent
    ) async -> ReversalAnswer {
        switch intent.standing {
        case .givenBack: return .reversed
        case .declined, .canceled: return .neverCharged
        case .open: return .unknown(reason: "\(intent.id) is \(intent.status)")
        case .waiting:
            guard case .declined = await verdict(intent) else {
                return .unknown(reason: "\(intent.id) waits for its customer")
            }
            return .neverCharged
        case .taken: return await refund(question, intent)
        }
    }

    private func refund(
        _ question: StripeQuestion, _ intent: StripeIntent
    ) async -> ReversalAnswer {
        let key = question.charge.reversalKey.text
        let form = StripeForm([
            ("payment_intent", intent.id), ("metadata[\(StripeQuestion.keyName)]", key),
            ("metadata[order_id]", "\(question.charge.order)"),
        ])
        switch await client.post("/v1/refunds", form, key: key) {
        case .done(let body):
            guard let refund = StripeIntent.decode(StripeRefund.self, body),
                refund.paymentIntent == intent.id
            else { return .unknown(reason: "Stripe's answer cannot be read") }
            // Pending is on its way: Stripe has taken it out of our balance.
            return ["succeeded", "pending"].contains(refund.status)
                ? .reversed : .unknown(reason: "\(refund.id) is \(refund.status)")
        case .declined(let reason), .refused(let reason), .notTaken(let reason),
            .notSent(let reason), .noAnswer(let reason):
            return .unknown(reason: reason)
        }
    }
}

/// Stripe's refund, as much of it as decides.
private struct StripeRefund: Decodable {
    let id: String
    let status: String
    let paymentIntent: String?
}
