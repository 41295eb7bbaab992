// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import PostgresStore
import Saga

/// What becomes of messages that were stored.
extension OrderStore {
    /// One message that is still to be handed over.
    struct Outstanding: Sendable, Equatable {
        let message: MessageID
        let order: OrderID
        let trace: TraceID
        let tenant: TenantID
    }

    /// Forgets messages that the broker has. What a crash of the database brings back, the sweeper
    /// sends again, and the broker knows it by its id.
    func markSent(_ messages: [MessageID]) async throws(PostgresError) {
        let ids = PostgresValue.uuids(messages.map(\.value))
        try await pool.transaction(.notDurable) { session throws(PostgresError) in
            _ = try session.execute(OrderStatements.sent, [ids])
        }
    }

    /// Notes that messages may have been handed over: their orders stand from now on.
    func markTried(
        _ messages: [MessageID], at now: MeshInstant
    ) async throws(PostgresError) {
        try await pool.query(
            OrderStatements.tried, [.uuids(messages.map(\.value)), .timestamp(now)])
    }

    /// Takes orders back that the broker has no room for, in one transaction: keys free, orders
    /// cancelled. Orders that somebody else may have handed over meanwhile stay.
    ///
    /// - Returns: the orders that are taken back.
    func cancel(
        _ candidates: [Candidate], because reason: String, at now: MeshInstant
    ) async throws(PostgresError) -> Set<OrderID> {
        if case .elsewhere = keys { return try await removeNamed(candidates) }
        return try await pool.transaction { session throws(PostgresError) in
            let taken = try takeBack(candidates, in: session)
            let cancelled = candidates.filter { taken.contains($0.id) }
            guard !cancelled.isEmpty else { return taken }
            let ids = PostgresValue.uuids(cancelled.map(\.id.value))
            let created = PostgresValue.timestamps(cancelled.map(\.id.createdAt))
            try session.pipeline([
                (
                    OrderStatements.freeKeys,
                    [
                        .texts(cancelled.map(\.order.tenant.text)),
                        .texts(cancelled.map(\.order.idempotencyKey.text)), ids,
                    ]
                ),
                (OrderStatements.cancelOrders, [ids, created, .timestamp(now)]),
                (
                    OrderStatements.insertEvents,
                    [
                        ids, created, .uuids(cancelled.map(\.claim.trace.value)), .int64(2),
                        .timestamp(now), .text(OrderStatus.cancelled.rawValue), .text(reason),
                    ]
                ),
            ])
            return taken
        }
    }

    /// Takes their messages out of the outbox, unless somebody may have handed them over.
    ///
    /// - Returns: the orders whose messages were.
    func takeBack(
        _ candidates: [Candidate], in session: PostgresSession
    ) throws(PostgresError) -> Set<OrderID> {
        let rows = try session.execute(
            OrderStatements.takeBack, [.uuids(candidates.map(\.message.value))])
        var taken: Set<OrderID> = []
        for row in rows { taken.insert(OrderID(try row[0])) }
        return taken
    }

    /// Messages that lie longer than `age`, and notes that they are being handed over now.
    func claimOutstanding(
        olderThan age: Duration, at now: MeshInstant, limit: Int
    ) async throws(PostgresError) -> [Outstanding] {
        let rows = try await pool.query(
            Self.claim, [.timestamp(now), .timestamp(now - age), .int64(Int64(limit))])
        var found: [Outstanding] = []
        for row in rows {
            found.append(
                Outstanding(
                    message: MessageID(try row[0]), order: OrderID(try row[1]),
                    trace: TraceID(try row[2]), tenant: TenantID(unchecked: try row[3])))
        }
        return found
    }

    /// Messages waiting in the outbox; counts no further than `limit`.
    func outboxCount(upTo limit: Int) async throws(PostgresError) -> Int {
        let rows = try await pool.query(Self.count, [.int64(Int64(limit))])
        guard let row = rows.first else { return 0 }
        let count: Int64 = try row[0]
        return Int(count)
    }

    /// Whether there is an idempotency key that has not expired.
    func hasKeys(at now: MeshInstant) async throws(PostgresError) -> Bool {
        try await !pool.query(Self.anyKey, [.timestamp(now)]).isEmpty
    }

    /// Forgets some idempotency keys whose time is up.
    ///
    /// - Returns: how many.
    func sweepKeys(at now: MeshInstant, limit: Int) async throws(PostgresError) -> Int {
        try await pool.query(Self.sweep, [.timestamp(now), .int64(Int64(limit))]).affectedCount
    }

    /// Makes the room of keys that were swept usable again, without waiting for the database to think
    /// of it: the table stays as large as what is remembered.
    func vacuumKeys() async throws(PostgresError) {
        try await pool.query(Self.vacuum)
    }

    /// Makes the monthly partitions of this and the coming months.
    ///
    /// - Returns: how many were missing.
    func createPartitions() async throws(PostgresError) -> Int {
        let rows = try await pool.query(Self.partitions)
        guard let row = rows.first else { return 0 }
        let count: Int32 = try row[0]
        return Int(count)
    }

    /// How many months ahead the partitions reach; -1 when this month has none.
    func partitionsAhead() async throws(PostgresError) -> Int {
        guard let row = try await pool.query(Self.partitionsAheadCount).first else { return -1 }
        let count: Int32 = try row[0]
        return Int(count)
    }

    // Other sweepers skip what this one holds.
    private static let claim = PostgresStatement(
        "outbox.claim",
        """
        UPDATE outbox SET tried_at = $1
        WHERE message_id IN (
            SELECT message_id FROM outbox
            WHERE created_at < $2 AND (tried_at IS NULL OR tried_at < $2)
            ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING message_id, order_id, trace, tenant
        """)

    private static let count = PostgresStatement(
        "outbox.count", "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) AS first_rows")

    private static let anyKey = PostgresStatement(
        "keys.any", "SELECT 1 FROM idempotency_keys WHERE expires_at > $1 LIMIT 1")

    private static let sweep = PostgresStatement(
        "keys.sweep",
        """
        DELETE FROM idempotency_keys AS held USING (
            SELECT tenant, key FROM idempotency_keys WHERE expires_at <= $1
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS expired
        WHERE held.tenant = expired.tenant AND held.key = expired.key AND held.expires_at <= $1
        """)

    // A partition that somebody else is vacuuming is left to him.
    private static let vacuum = PostgresStatement(
        "keys.vacuum", "VACUUM (SKIP_LOCKED, TRUNCATE OFF) idempotency_keys")

    private static let partitions = PostgresStatement(
        "partitions.create", "SELECT create_monthly_partitions()")
    private static let partitionsAheadCount = PostgresStatement(
        "partitions.ahead", "SELECT monthly_partitions_ahead()")
}
