// SPDX-License-Identifier: MIT
import HTTPCalls
import Orders
package import PostgresStore
import Saga

/// Charges customers through Stripe: payment intents, made and confirmed in one request under the
/// charge's key.
///
/// What is asked is written down first, so that a repeat asks in the same words, and so that it is
/// known for sure what was never asked. A repeat looks first what became of the question, and only
/// asks again when Stripe has nothing under its key: docs/decisions/0013.
package struct StripeProvider: PaymentProvider {
    let client: StripeClient
    let pool: PostgresPool
    private let configuration: StripeConfiguration

    package var name: String { Self.name }
    package static let name = "stripe"

    package init(_ configuration: StripeConfiguration, pool: PostgresPool) {
        self.configuration = configuration
        self.pool = pool
        client = StripeClient(configuration)
    }

    package func charge(_ charges: [Charge]) async -> [ChargeAnswer] {
        guard !charges.isEmpty else { return [] }
        let plan: StripePlan
        do throws(PostgresError) {
            plan = try await pool.transaction { session throws(PostgresError) in
                try StripePlan(charges, configuration.paymentMethod, in: session)
            }
        } catch {
            // Nothing is asked that is not on record.
            return charges.map { _ in .unavailable(reason: "\(error)") }
        }
        var answers = plan.answers
        let asked = await inParallel(plan.questions, limit: configuration.concurrencyMax) {
            await charge($0)
        }
        for (question, answer) in zip(plan.questions, await recorded(plan.questions, asked)) {
            answers[question.charge.key] = answer
        }
        return charges.map { answers[$0.key] ?? .unavailable(reason: "it was not asked") }
    }

    package func reverse(_ charges: [Charge]) async -> [ReversalAnswer] {
        guard !charges.isEmpty else { return [] }
        do throws(PostgresError) {
            let known = try await questions(charges)
            return await inParallel(charges, limit: configuration.concurrencyMax) { charge in
                guard let question = known[charge.key] else { return .neverCharged }
                return await reverse(question)
            }
        } catch {
            return charges.map { _ in .unknown(reason: "\(error)") }
        }
    }

    package func standing(of charges: [Charge]) async -> [ChargeStanding] {
        guard !charges.isEmpty else { return [] }
        do throws(PostgresError) {
            let known = try await questions(charges)
            let standings = await inParallel(charges, limit: configuration.concurrencyMax) {
                charge -> ChargeStanding in
                guard let question = known[charge.key] else { return .neverSeen }
                return await standing(of: question)
            }
            return await recorded(charges.map { known[$0.key] }, standings)
        } catch {
            return charges.map { _ in .unknown(reason: "\(error)") }
        }
    }

    // MARK: Inside

    private func questions(
        _ charges: [Charge]
    ) async throws(PostgresError) -> [ProviderKey: StripeQuestion] {
        try await pool.transaction { session throws(PostgresError) in
            try StripeBook.questions(charges, in: session)
        }
    }

    /// The answers, once the names that Stripe gave the charges are on record.
    private func recorded(
        _ questions: [StripeQuestion], _ answers: [ChargeAnswer]
    ) async -> [ChargeAnswer] {
        var references: [(key: ProviderKey, reference: String)] = []
        for (question, answer) in zip(questions, answers) {
            guard case .charged(let reference) = answer, question.reference == nil else { continue }
            references.append((question.charge.key, reference))
        }
        guard let failure = await record(references) else { return answers }
        return answers.map { answer in
            guard case .charged = answer else { return answer }
            return .unknown(reason: failure)
        }
    }

    /// The same of charges that were asked about, because the answer to the first question was lost.
    private func recorded(
        _ questions: [StripeQuestion?], _ standings: [ChargeStanding]
    ) async -> [ChargeStanding] {
        var references: [(key: ProviderKey, reference: String)] = []
        for (question, standing) in zip(questions, standings) {
            guard case .charged(let reference) = standing, let question,
                question.reference == nil
            else { continue }
            references.append((question.charge.key, reference))
        }
        guard let failure = await record(references) else { return standings }
        return standings.map { standing in
            guard case .charged = standing else { return standing }
            return .unknown(reason: failure)
        }
    }

    /// - Returns: why it could not be done. The money is taken then, but a reversal could not find it
    ///   at once: the next question records it.
    private func record(
        _ references: [(key: ProviderKey, reference: String)]
    ) async -> String? {
        guard !references.isEmpty else { return nil }
        do throws(PostgresError) {
            try await pool.transaction { session throws(PostgresError) in
                try StripeBook.refer(references, in: session)
            }
            return nil
        } catch {
            return "charged, and not recorded: \(error)"
        }
    }
}
