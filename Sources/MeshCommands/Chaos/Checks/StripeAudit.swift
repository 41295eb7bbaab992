// SPDX-License-Identifier: MIT
import PostgresStore

/// Holds what stands charged at Stripe against what the database says.
///
/// The two have no common instant. What is asked while orders flow is therefore only what must hold
/// of intents that were read *before* the database; that what the database says is also at Stripe, all
/// of it, is asked at rest.
struct StripeAudit: Sendable {
    let account: StripeAccount
    let pool: PostgresPool

    /// What there is at Stripe in the end.
    struct Totals: Sendable, Encodable {
        var intents = 0
        var standing = 0
        var givenBack = 0
        var declined = 0
    }

    static let alwaysCount = 4
    static let atRestCount = 2
    /// More than come in between two rounds, unless checks are rare or orders many.
    private static let newestCount = 500

    /// What holds of the newest intents at any instant.
    func always() async throws -> [ChaosBreach] {
        let intents = try await account.newest(Self.newestCount, patience: .seconds(2))
        return try await Self.breaches(of: intents, on: pool)
    }

    /// What holds of all intents once nothing moves any more.
    func atRest() async throws -> (breaches: [ChaosBreach], totals: Totals) {
        let intents = try await account.all()
        let breaches =
            try await Self.breaches(of: intents, on: pool)
            + (try await Self.breaches(ofAll: intents, on: pool))
        return (breaches, Self.totals(of: intents))
    }

    // MARK: - Promises

    /// Of intents that were read before.
    static func breaches(
        of intents: [StripeAccount.Intent], on pool: PostgresPool
    ) async throws(PostgresError) -> [ChaosBreach] {
        let keys = PostgresValue.texts(intents.map(\.key))
        let written = try await ask(
            Self.written,
            [
                .texts(intents.map(\.id)), keys, .texts(intents.map(\.order)),
                .int64s(intents.map(\.amount)),
            ], "nothing is charged at Stripe that was not written down before", on: pool)
        let recorded = try await ask(
            Self.recorded, [keys, .int64s(intents.map(\.standing))],
            "a payment that is charged here stands at Stripe", on: pool)
        return written + recorded + chargedTwice(intents) + givenBackTwice(intents)
    }

    /// Of all intents there are, with nothing under way.
    static func breaches(
        ofAll intents: [StripeAccount.Intent], on pool: PostgresPool
    ) async throws(PostgresError) -> [ChaosBreach] {
        let settled = try await ask(
            Self.settled,
            [.texts(intents.map(\.order)), .int64s(intents.map(\.standing))],
            "what stands at Stripe is the total of the fulfilled, once each", on: pool)
        let named = try await ask(
            Self.named, [.texts(intents.map(\.id)), .texts(intents.map(\.key))],
            "a payment names the intent that took its money", on: pool)
        return settled + named
    }

    private static func chargedTwice(_ intents: [StripeAccount.Intent]) -> [ChaosBreach] {
        let standing = Dictionary(grouping: intents.filter { $0.standing > 0 }, by: \.order)
        return standing.filter { $0.value.count > 1 }.map { order, several in
            let names = several.map(\.id).joined(separator: ", ")
            return ChaosBreach("nobody is charged twice at a time", order, names)
        }
    }

    private static func givenBackTwice(_ intents: [StripeAccount.Intent]) -> [ChaosBreach] {
        intents.filter { $0.standing < 0 }.map { intent in
            let detail = "\(intent.givenBack) given back of \(intent.taken)"
            return ChaosBreach("no more is given back than was taken", intent.id, detail)
        }
    }

    private static func totals(of intents: [StripeAccount.Intent]) -> Totals {
        Totals(
            intents: intents.count, standing: intents.count { $0.standing > 0 },
            givenBack: intents.count { $0.givenBack > 0 }, declined: intents.count { $0.taken == 0 }
        )
    }

    private static func ask(
        _ statement: PostgresStatement, _ parameters: [PostgresValue], _ rule: String,
        on pool: PostgresPool
    ) async throws(PostgresError) -> [ChaosBreach] {
        var breaches: [ChaosBreach] = []
        for row in try await pool.query(statement, parameters) {
            let subject: String = try row[0]
            breaches.append(ChaosBreach(rule, subject, try row[1]))
        }
        return breaches
    }
}
