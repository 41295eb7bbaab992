// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import PostgresStore
import Wire

/// The idempotency keys in ingestd's database, while no ingestd runs on it.
struct DatabaseKeys: Sendable {
    let pool: PostgresPool

    /// How many there are.
    struct Holding: Codable, Equatable, Sendable {
        var live: UInt64
        var expired: UInt64
    }

    /// What became of keys that came.
    struct Kept: Sendable {
        var stored: [NamedKey] = []
        /// Names of orders that are not in the database.
        var withoutOrder: [NamedKey] = []
        /// The database has them for other orders.
        var conflicting: [NamedKey] = []
    }

    func holding() async throws(PostgresError) -> Holding {
        guard let row = try await pool.query(Self.count, [now]).first else {
            return Holding(live: 0, expired: 0)
        }
        let (live, expired): (Int64, Int64) = (try row[0], try row[1])
        return Holding(live: UInt64(live), expired: UInt64(expired))
    }

    /// Those that have not expired, by tenant and key, behind `last`.
    func page(after last: NamedKey?, limit: Int) async throws(PostgresError) -> [NamedKey] {
        let rows = try await pool.query(
            Self.select,
            [now, .text(last?.tenant ?? ""), .text(last?.key ?? ""), .int64(Int64(limit))])
        var keys: [NamedKey] = []
        for row in rows {
            let fingerprint: [UInt8] = try row[2]
            let expires: MeshInstant = try row[4]
            keys.append(
                NamedKey(
                    tenant: try row[0], key: try row[1],
                    fingerprint: ByteBuffer(bytes: fingerprint), order: try row[3],
                    expiresMilliseconds: expires.milliseconds))
        }
        return keys
    }

    func remove(_ keys: [NamedKey]) async throws(PostgresError) {
        try await pool.query(
            Self.delete,
            [
                .texts(keys.map(\.tenant)), .texts(keys.map(\.key)),
                .uuids(keys.map(\.order)),
            ])
    }

    /// Stores keys whose orders are there, unless the database has them for other orders.
    func keep(_ keys: [NamedKey]) async throws(PostgresError) -> Kept {
        let rows = try await pool.query(
            Self.insert,
            [
                .texts(keys.map(\.tenant)), .texts(keys.map(\.key)),
                .bytesList(keys.map { Array($0.fingerprint.readableBytesView) }),
                .uuids(keys.map(\.order)),
                .timestamps(keys.map { MeshInstant(milliseconds: $0.expiresMilliseconds) }), now,
            ])
        let given = Dictionary(keys.map { ($0.place, $0) }) { first, _ in first }
        var kept = Kept()
        for row in rows {
            let (tenant, name): (String, String) = (try row[0], try row[1])
            let (hasOrder, isStored): (Bool, Bool) = (try row[2], try row[3])
            guard let key = given["\(tenant)/\(name)"] else { continue }
            if isStored {
                kept.stored.append(key)
            } else if hasOrder {
                kept.conflicting.append(key)
            } else {
                kept.withoutOrder.append(key)
            }
        }
        return kept
    }

    private var now: PostgresValue { .timestamp(WallClock().now()) }

    private static let count = PostgresStatement(
        "migrate.keys-count",
        """
        SELECT count(*) FILTER (WHERE expires_at > $1), count(*) FILTER (WHERE expires_at <= $1)
        FROM idempotency_keys
        """)

    private static let select = PostgresStatement(
        "migrate.keys-page",
        """
        SELECT tenant, key, body_hash, order_id, expires_at FROM idempotency_keys
        WHERE expires_at > $1 AND (tenant, key) > ($2, $3) AND order_id IS NOT NULL
        ORDER BY tenant, key LIMIT $4
        """)

    private static let delete = PostgresStatement(
        "migrate.keys-gone",
        """
        DELETE FROM idempotency_keys AS held
        USING unnest($1::text[], $2::text[], $3::uuid[]) AS given (tenant, key, id)
        WHERE held.tenant = given.tenant AND held.key = given.key AND held.order_id = given.id
        """)

    private static let insert = PostgresStatement(
        "migrate.keys-come",
        """
        WITH given AS (
            SELECT * FROM unnest(
                $1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::timestamptz[])
                AS columns (tenant, key, hash, id, expires)),
        ordered AS (
            SELECT given.* FROM given JOIN orders AS o
                ON o.id = given.id AND o.created_at = order_created_at(given.id)
                AND o.tenant = given.tenant),
        stored AS (
            INSERT INTO idempotency_keys AS held
                (tenant, key, body_hash, state, order_id, status, created_at, expires_at)
            SELECT tenant, key, hash, 'done', id, 'accepted', $6, expires FROM ordered
            ON CONFLICT (tenant, key) DO UPDATE
                SET body_hash = excluded.body_hash, state = excluded.state,
                    order_id = excluded.order_id, status = excluded.status,
                    created_at = excluded.created_at, expires_at = excluded.expires_at
                WHERE held.expires_at <= excluded.created_at OR held.order_id = excluded.order_id
            RETURNING tenant, key)
        SELECT given.tenant, given.key, ordered.id IS NOT NULL, stored.key IS NOT NULL
        FROM given LEFT JOIN ordered USING (tenant, key) LEFT JOIN stored USING (tenant, key)
        """)
}
