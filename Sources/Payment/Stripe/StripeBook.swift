// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga

/// What Stripe was asked, written down before it is asked: `stripe_charges`.
struct StripeBook {
    private static let customers = PostgresStatement(
        "stripe.customers",
        """
        SELECT c.tenant, c.customer, c.stripe_customer, c.payment_method FROM stripe_customers AS c
        JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS n (tenant, customer)
            ON n.tenant = c.tenant AND n.customer = c.customer
        """)
    private static let add = PostgresStatement(
        "stripe.add",
        """
        INSERT INTO stripe_charges
            (key, order_id, stripe_customer, payment_method, amount, currency)
        SELECT * FROM unnest(
            $1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[])
        ON CONFLICT (key) DO NOTHING
        """)
    private static let find = PostgresStatement(
        "stripe.find",
        """
        SELECT key, stripe_customer, payment_method, amount, currency, requested_at, reference
        FROM stripe_charges WHERE key = ANY($1::text[])
        """)
    private static let refer = PostgresStatement(
        "stripe.refer",
        """
        UPDATE stripe_charges AS c SET reference = r.reference
        FROM unnest($1::text[], $2::text[]) AS r (key, reference)
        WHERE c.key = r.key AND (c.reference IS NULL OR c.reference = r.reference)
        """)
    private static let keyOf = PostgresStatement(
        "stripe.key-of", "SELECT key FROM stripe_charges WHERE reference = $1")

    private static let known = PostgresStatement(
        "stripe.known", "SELECT EXISTS (SELECT FROM stripe_charges WHERE key = $1)")

    /// A customer's means of payment.
    struct Means: Sendable, Equatable {
        let customer: String?
        let paymentMethod: String
    }

    struct Customer: Hashable {
        let tenant: String
        let customer: String
    }

    /// The questions on record, by key.
    static func questions(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [ProviderKey: StripeQuestion] {
        let byKey = Dictionary(charges.map { ($0.key.text, $0) }) { first, _ in first }
        var questions: [ProviderKey: StripeQuestion] = [:]
        for row in try session.execute(find, [.texts(Array(byKey.keys))]) {
            let key: String = try row[0]
            guard let charge = byKey[key] else { continue }
            questions[charge.key] = StripeQuestion(
                charge: charge, customer: try row[1], paymentMethod: try row[2],
                amount: StripeAmount(value: try row[3], currency: try row[4]),
                requestedAt: try row[5], reference: try row[6], isRepeat: true)
        }
        return questions
    }

    /// Writes questions down.
    ///
    /// - Returns: whether all of them are new; else somebody else asks them at the same time.
    static func add(
        _ new: [(charge: Charge, means: Means, amount: StripeAmount)], in session: PostgresSession
    ) throws(PostgresError) -> Bool {
        guard !new.isEmpty else { return true }
        let rows = try session.execute(
            add,
            [
                .texts(new.map(\.charge.key.text)), .uuids(new.map(\.charge.order.value)),
                .optionalTexts(new.map(\.means.customer)), .texts(new.map(\.means.paymentMethod)),
                .int64s(new.map(\.amount.value)), .texts(new.map(\.amount.currency)),
            ])
        return rows.affectedCount == new.count
    }

    static func means(
        of charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [Customer: Means] {
        let names: [PostgresValue] = [
            .texts(charges.map(\.tenant)), .texts(charges.map(\.customer)),
        ]
        var means: [Customer: Means] = [:]
        for row in try session.execute(customers, names) {
            means[Customer(tenant: try row[0], customer: try row[1])] = Means(
                customer: try row[2], paymentMethod: try row[3])
        }
        return means
    }

    /// Records which intents took the money.
    static func refer(
        _ references: [(key: ProviderKey, reference: String)], in session: PostgresSession
    ) throws(PostgresError) {
        let rows = try session.execute(
            refer, [.texts(references.map(\.key.text)), .texts(references.map(\.reference))])
        guard rows.affectedCount == references.count else {
            throw PostgresError(.serialization, "a charge has another payment intent on record")
        }
    }

    /// Whether Stripe may ever have been asked under this key.
    static func isKnown(
        _ key: String, on pool: PostgresPool
    ) async throws(PostgresError) -> Bool {
        try await pool.query(known, [.text(key)])[0][0]
    }

    /// The key of the charge that an intent belongs to.
    static func key(
        of intent: String, on pool: PostgresPool
    ) async throws(PostgresError) -> String? {
        let rows = try await pool.query(keyOf, [.text(intent)])
        guard let row = rows.first else { return nil }
        return try row[0]
    }
}
