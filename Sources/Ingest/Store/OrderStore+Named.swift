// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import PostgresStore

/// Orders whose keys are kept elsewhere: the row of the order says whether there is one.
extension OrderStore {
    /// The months of these are in the database, whoever made it.
    fileprivate static let ageMax: Duration = .seconds(28 * 86_400)

    /// Stores the orders whose ids are not there yet, with an event and an outbox row each, in one
    /// transaction. Of two daemons with the same id the second waits for the first one's commit.
    func storeNamed(
        _ candidates: [Candidate], at now: MeshInstant, margin: Duration,
        isSent: @escaping @Sendable (OrderID) -> Bool
    ) async throws(PostgresError) -> [OrderID: Claim] {
        try await pool.transaction { session throws(PostgresError) in
            let stored = try insertNamed(
                candidates.filter { $0.isStorable(at: now, margin: margin) }, in: session)
            let new = candidates.filter { stored.contains($0.id) }
            if !new.isEmpty { try session.pipeline(Self.following(new, at: now)) }
            var claims: [OrderID: Claim] = [:]
            for candidate in new { claims[candidate.id] = .stored }
            let repeats = candidates.filter { !stored.contains($0.id) }
            for (id, state) in try readNamed(repeats, in: session, isSent: isSent) {
                claims[id] = .held(state)
            }
            return claims
        }
    }

    /// Takes orders back as if they had never been there, in one transaction: their keys go on naming
    /// them, and the next request stores them. Orders that somebody else may have handed over stay.
    ///
    /// - Returns: the orders that are taken back.
    func removeNamed(
        _ candidates: [Candidate]
    ) async throws(PostgresError) -> Set<OrderID> {
        try await pool.transaction { session throws(PostgresError) in
            let taken = try takeBack(candidates, in: session)
            guard !taken.isEmpty else { return taken }
            let orders = Array(taken)
            let named: [PostgresValue] = [
                .uuids(orders.map(\.value)), .timestamps(orders.map(\.createdAt)),
            ]
            try session.pipeline([
                (Self.removeEvents, named), (Self.removeOrders, named),
            ])
            return taken
        }
    }

    private func insertNamed(
        _ candidates: [Candidate], in session: PostgresSession
    ) throws(PostgresError) -> Set<OrderID> {
        guard !candidates.isEmpty else { return [] }
        var stored: Set<OrderID> = []
        for row in try session.execute(OrderStatements.insertNamed, Self.columns(of: candidates)) {
            stored.insert(OrderID(try row[0]))
        }
        return stored
    }

    /// What is there under ids that were taken; nothing of one that was taken back meanwhile.
    private func readNamed(
        _ repeats: [Candidate], in session: PostgresSession, isSent: (OrderID) -> Bool
    ) throws(PostgresError) -> [OrderID: IdempotencyKeyState] {
        guard !repeats.isEmpty else { return [:] }
        let known = Dictionary(repeats.map { ($0.id, $0.claim) }) { first, _ in first }
        let rows = try session.execute(
            Self.read,
            [
                .uuids(repeats.map(\.id.value)), .timestamps(repeats.map(\.id.createdAt)),
                .uuids(repeats.map(\.message.value)),
            ])
        var states: [OrderID: IdempotencyKeyState] = [:]
        for row in rows {
            let id = OrderID(try row[0])
            guard let claim = known[id] else { continue }
            let held = KeyClaim(
                fingerprint: claim.fingerprint, order: id, trace: TraceID(try row[1]),
                expiresAt: claim.expiresAt)
            let isOutstanding: Bool = try row[2]
            let isTried: Bool = try row[3]
            states[id] = IdempotencyKeyState(
                isSent(id) || !isOutstanding
                    ? .done(held) : isTried ? .unknown(held) : .claimed(held))
        }
        return states
    }

    // One statement, and so one moment: an order whose message is gone was handed over, for what takes it
    // back takes both.
    private static let read = PostgresStatement(
        "ingest.named-read",
        """
        SELECT o.id, o.trace, b.message_id IS NOT NULL, b.tried_at IS NOT NULL
        FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS given (id, created, message)
        JOIN orders AS o ON o.id = given.id AND o.created_at = given.created
        LEFT JOIN outbox AS b ON b.message_id = given.message
        """)

    private static let removeEvents = PostgresStatement(
        "ingest.named-remove-events",
        """
        DELETE FROM order_events AS e
        USING unnest($1::uuid[], $2::timestamptz[]) AS given (id, created)
        WHERE e.order_id = given.id AND e.created_at = given.created
        """)

    private static let removeOrders = PostgresStatement(
        "ingest.named-remove",
        """
        DELETE FROM orders AS o
        USING unnest($1::uuid[], $2::timestamptz[]) AS given (id, created)
        WHERE o.id = given.id AND o.created_at = given.created
        """)
}

extension Candidate {
    /// Whether the key names this order for long enough, and the month of its id is sure to be there.
    fileprivate func isStorable(at now: MeshInstant, margin: Duration) -> Bool {
        claim.expiresAt - now > margin && now - id.createdAt < OrderStore.ageMax
    }
}
