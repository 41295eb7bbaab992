// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga

/// What of a batch of charges Stripe is to be asked, and what needs no asking.
struct StripePlan: Sendable {
    private(set) var questions: [StripeQuestion] = []
    private(set) var answers: [ProviderKey: ChargeAnswer] = [:]

    /// Nothing to charge: the order is paid as it stands.
    static let freeReference = "nothing to charge"

    /// Writes the new questions down; they are on record once the caller's transaction is.
    ///
    /// - Parameter common: the payment method of customers without one of their own.
    init(
        _ charges: [Charge], _ common: String?, in session: PostgresSession
    ) throws(PostgresError) {
        let known = try StripeBook.questions(charges, in: session)
        let new = charges.filter { known[$0.key] == nil }
        let means = new.isEmpty ? [:] : try StripeBook.means(of: new, in: session)
        var entries: [(charge: Charge, means: StripeBook.Means, amount: StripeAmount)] = []
        for charge in new {
            let customer = StripeBook.Customer(tenant: charge.tenant, customer: charge.customer)
            let own = means[customer]
            switch Self.judge(
                charge, own ?? common.map { .init(customer: nil, paymentMethod: $0) })
            {
            case .ask(let means, let amount): entries.append((charge, means, amount))
            case .answer(let answer): answers[charge.key] = answer
            }
        }
        // In one order: two batches cannot wait for each other in a ring.
        entries.sort { $0.charge.key.text < $1.charge.key.text }
        let isAllNew = try StripeBook.add(entries, in: session)
        // Read back, for the time that they were written; one of somebody else has its own words.
        let written = try StripeBook.questions(entries.map(\.charge), in: session)
        questions = charges.compactMap { charge in
            guard let question = known[charge.key] ?? written[charge.key] else { return nil }
            return known[charge.key] == nil && isAllNew ? question.firstTime : question
        }
    }

    private enum Judgement {
        case ask(StripeBook.Means, StripeAmount)
        case answer(ChargeAnswer)
    }

    private static func judge(_ charge: Charge, _ means: StripeBook.Means?) -> Judgement {
        guard charge.amount.minorUnits != 0 else {
            return .answer(.charged(reference: freeReference))
        }
        guard let means else {
            return .answer(.declined(reason: "the customer has no payment method"))
        }
        do throws(StripeAmount.Refusal) {
            return .ask(means, try StripeAmount(charge.amount))
        } catch {
            return .answer(.declined(reason: "\(error)"))
        }
    }
}

extension StripeQuestion {
    /// The same, known to be asked by nobody before.
    fileprivate var firstTime: StripeQuestion {
        StripeQuestion(
            charge: charge, customer: customer, paymentMethod: paymentMethod, amount: amount,
            requestedAt: requestedAt, reference: reference, isRepeat: false)
    }
}
