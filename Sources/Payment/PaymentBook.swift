// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga

/// The statements on `payments`. Each is guarded by the state and the attempt that it starts from, so
/// that it takes effect once however often and by whomever it is run.
struct PaymentBook {
    private static let begin = PostgresStatement(
        "payments.begin",
        """
        INSERT INTO payments AS p (order_id, attempt, tenant, customer, amount_minor, currency,
            provider_key, state, reference, detail, provider)
        SELECT b.*, $11 FROM unnest(
            $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::text[]
        ) AS b
        ON CONFLICT (order_id) DO UPDATE
            SET attempt = excluded.attempt, state = excluded.state, provider = excluded.provider,
                provider_key = excluded.provider_key, reference = excluded.reference,
                detail = excluded.detail,
                amount_minor = excluded.amount_minor, currency = excluded.currency,
                updated_at = now()
            WHERE p.state IN ('reversed', 'declined') AND p.attempt = excluded.attempt - 1
        """)
    private static let move = PostgresStatement(
        "payments.move",
        """
        UPDATE payments AS p
        SET state = m.state, reference = coalesce(m.reference, p.reference), detail = m.detail,
            updated_at = now()
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[])
            AS m (order_id, attempt, state, reference, detail)
        WHERE p.order_id = m.order_id AND p.attempt = m.attempt AND p.state = ANY($6::text[])
        """)
    private static let unsettled = PostgresStatement(
        "payments.unsettled",
        """
        SELECT p.order_id, p.attempt, p.tenant, p.customer, p.amount_minor, p.currency, p.state,
            o.trace
        FROM payments AS p
        JOIN orders AS o ON o.id = p.order_id AND o.created_at = order_created_at(p.order_id)
        WHERE p.state IN ('charging', 'unknown', 'reversing')
            AND p.updated_at < now() - $1::bigint * interval '1 millisecond'
        ORDER BY p.updated_at LIMIT 200
        """)

    // Only providers that are asked over a network have news of their own, and each writes down what it
    // asks before it does.
    private static let under = PostgresStatement(
        "payments.under",
        """
        SELECT p.order_id, p.attempt, p.tenant, p.customer, p.amount_minor, p.currency, p.state,
            o.trace
        FROM payments AS p
        JOIN orders AS o ON o.id = p.order_id AND o.created_at = order_created_at(p.order_id)
        WHERE p.provider_key = $1
            AND p.order_id = (SELECT order_id FROM stripe_charges WHERE key = $1)
        """)
    private static let openElsewhere = PostgresStatement(
        "payments.open-elsewhere",
        """
        SELECT count(*) FROM payments
        WHERE provider <> $1 AND state IN ('charging', 'charged', 'unknown', 'reversing')
        """)

    /// One payment's next state.
    struct Move: Equatable {
        let order: OrderID
        let attempt: UInt32
        let state: PaymentState
        var reference: String?
        var detail = ""
    }

    /// A payment that waits for a provider's word.
    struct Unsettled {
        let charge: Charge
        let state: PaymentState
        let trace: TraceID

        var isUnsettled: Bool { [.charging, .unknown, .reversing].contains(state) }
    }

    /// Records that these charges are about to be asked for.
    static func begin(
        _ charges: [Charge], by provider: String, in session: PostgresSession
    ) throws(PostgresError) {
        let moves = charges.map { Move(order: $0.order, attempt: $0.attempt, state: .charging) }
        try begin(charges, at: moves, by: provider, in: session)
    }

    /// Records new charges in the states that `moves` bring them to, each at its charge's place.
    static func begin(
        _ charges: [Charge], at moves: [Move], by provider: String, in session: PostgresSession
    ) throws(PostgresError) {
        precondition(charges.count == moves.count, "each charge has its state")
        guard !charges.isEmpty else { return }
        let rows = try session.execute(
            begin,
            [
                .uuids(charges.map(\.order.value)), .int64s(charges.map { Int64($0.attempt) }),
                .texts(charges.map(\.tenant)), .texts(charges.map(\.customer)),
                .int64s(charges.map(\.amount.minorUnits)),
                .texts(charges.map(\.amount.currency.code)), .texts(charges.map(\.key.text)),
                .texts(moves.map(\.state.rawValue)), .optionalTexts(moves.map(\.reference)),
                .texts(moves.map(\.detail)), .text(provider),
            ])
        try check(rows, charges.count)
    }

    /// Moves payments on; each must be in one of the states `from`, at the attempt that is named.
    static func move(
        _ moves: [Move], from states: [PaymentState], in session: PostgresSession
    ) throws(PostgresError) {
        guard !moves.isEmpty else { return }
        let rows = try session.execute(
            move,
            [
                .uuids(moves.map(\.order.value)), .int64s(moves.map { Int64($0.attempt) }),
                .texts(moves.map(\.state.rawValue)), .optionalTexts(moves.map(\.reference)),
                .texts(moves.map(\.detail)), .texts(states.map(\.rawValue)),
            ])
        try check(rows, moves.count)
    }

    /// Payments that wait for a provider's word and have not changed for `age`.
    static func unsettled(
        for age: Duration, on pool: PostgresPool
    ) async throws(PostgresError) -> [Unsettled] {
        let milliseconds = PostgresValue.int64(age.wholeNanoseconds / 1_000_000)
        return try read(try await pool.query(unsettled, [milliseconds]))
    }

    /// The payment whose present charge has this key, whatever its state.
    static func payment(
        under key: String, on pool: PostgresPool
    ) async throws(PostgresError) -> Unsettled? {
        try read(try await pool.query(under, [.text(key)])).first
    }

    /// How many payments another provider has begun and not ended.
    static func openCount(
        notBy provider: String, on pool: PostgresPool
    ) async throws(PostgresError) -> Int64 {
        try await pool.query(openElsewhere, [.text(provider)])[0][0]
    }

    private static func read(_ rows: PostgresRows) throws(PostgresError) -> [Unsettled] {
        var found: [Unsettled] = []
        for row in rows {
            let charge = Charge(
                order: OrderID(try row[0]), attempt: try row[1], tenant: try row[2],
                customer: try row[3],
                amount: Money(minorUnits: try row[4], currency: Currency(unchecked: try row[5])))
            guard let state = PaymentState(rawValue: try row[6]) else { continue }
            found.append(Unsettled(charge: charge, state: state, trace: TraceID(try row[7])))
        }
        return found
    }

    private static func check(_ rows: PostgresRows, _ count: Int) throws(PostgresError) {
        guard rows.affectedCount == count else {
            throw PostgresError(
                .serialization, "\(count - rows.affectedCount) payments are no longer as read")
        }
    }
}
