// SPDX-License-Identifier: MIT
import Orders
import Saga

extension StripeProvider {
    /// Asks one question, unless Stripe has its answer.
    func charge(_ question: StripeQuestion) async -> ChargeAnswer {
        if question.isRepeat {
            // A key is good for a day, and its first answer may be out of date: look first.
            switch await standing(of: question) {
            case .charged(let reference): return .charged(reference: reference)
            case .declined(let reason): return .declined(reason: reason)
            case .reversed: return .declined(reason: "this charge was given back")
            case .unknown(let reason): return .unknown(reason: reason)
            case .neverSeen: break
            }
        }
        let reply = await client.post(
            "/v1/payment_intents", question.form, key: question.charge.key.text)
        switch reply {
        case .done(let body): return await answer(to: question, body)
        case .declined(let reason), .refused(let reason): return .declined(reason: reason)
        case .notTaken(let reason), .notSent(let reason): return .unavailable(reason: reason)
        case .noAnswer(let reason): return .unknown(reason: reason)
        }
    }

    /// What an intent that was just made says.
    private func answer(to question: StripeQuestion, _ body: [UInt8]) async -> ChargeAnswer {
        guard let intent = StripeIntent.decode(StripeIntent.self, body) else {
            return .unknown(reason: "Stripe's answer cannot be read")
        }
        guard question.matches(intent) else {
            return .unknown(reason: "Stripe answered with another charge: \(intent.id)")
        }
        switch await verdict(intent) {
        case .charged(let reference): return .charged(reference: reference)
        case .declined(let reason): return .declined(reason: reason)
        case .reversed: return .declined(reason: "this charge was given back")
        case .neverSeen: return .unknown(reason: "Stripe's answer cannot be read")
        case .unknown(let reason): return .unknown(reason: reason)
        }
    }

    /// What an intent means for its charge. One that waits for the customer is called off: nobody will
    /// come, and only what is called off can never be taken.
    func verdict(_ intent: StripeIntent) async -> ChargeStanding {
        switch intent.standing {
        case .taken: return .charged(reference: intent.id)
        case .givenBack: return .reversed
        case .declined(let reason): return .declined(reason: reason)
        case .canceled: return .declined(reason: "called off at Stripe")
        case .open: return .unknown(reason: "\(intent.id) is \(intent.status)")
        case .waiting: return await callOff(intent)
        }
    }

    private func callOff(_ intent: StripeIntent) async -> ChargeStanding {
        let reply = await client.post(
            "/v1/payment_intents/\(intent.id)/cancel", StripeForm(), key: "\(intent.id)-cancel")
        guard case .done(let body) = reply,
            let after = StripeIntent.decode(CanceledIntent.self, body), after.status == "canceled"
        else { return .unknown(reason: "\(intent.id) waits for its customer") }
        return .declined(reason: "authentication_required")
    }
}

/// As much of it as is asked for.
private struct CanceledIntent: Decodable {
    let status: String
}
