// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import TestSupport

@testable import MeshCommands

/// A database with one order that was fulfilled as it should be, to plant breaches in.
struct ChaosLedger {
    let database: PrivatePostgres
    let order: UniqueID

    init() async throws {
        database = try PrivatePostgres.make(connectionCount: 1)
        order = try await Self.makeOrder(on: database.pool)
        try await run(healthy)
    }

    func close() { database.pool.close() }

    /// Runs SQL with triggers and foreign keys asleep: as a bug would write that nothing stopped.
    func plant(_ sql: String) async throws {
        try await run(
            "SET LOCAL session_replication_role = replica; "
                + sql.replacing("ORDER", with: "'\(order)'"))
    }

    /// Whom the checks find, by the promise that is broken.
    func breaches(
        of checks: [ChaosCheck], accepted: [ChaosAnswers.Accepted] = []
    ) async throws -> [ChaosBreach] {
        try await ChaosAudit(pool: database.pool).take(
            checks, accepted: accepted, receiptsSince: MeshInstant(milliseconds: 0)
        ).breaches
    }

    private func run(_ script: String) async throws {
        try await database.pool.transaction { session throws(PostgresError) in
            try session.run(script: script)
        }
    }

    /// An id of now: its month has a partition.
    private static func makeOrder(on pool: PostgresPool) async throws -> UniqueID {
        let statement = PostgresStatement(
            "test.order",
            """
            SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
                || '70008000000000000001')::uuid
            """)
        let row = try await pool.query(statement).first
        guard let row else { throw PostgresError(.undecodable, "no id") }
        return try row[0]
    }

    private var healthy: String {
        let id = "'\(order)'::uuid, order_created_at('\(order)')"
        return """
            INSERT INTO orders (id, created_at, tenant, customer, status, total_minor, items, trace,
                event_count)
            VALUES (\(id), 't', 'c', 'fulfilled', 500,
                '[{"product": "p", "quantity": 2, "unit_price_minor": 250}]', '\(order)', 2);
            INSERT INTO order_events (order_id, created_at, number, stage, status, trace) VALUES
                (\(id), 1, 'ingest', 'accepted', '\(order)'),
                (\(id), 2, 'fulfillment', 'fulfilled', '\(order)');
            INSERT INTO idempotency_keys (tenant, key, body_hash, state, order_id, expires_at)
            VALUES ('t', 'k', sha256(''), 'done', '\(order)', now() + interval '7 days');
            INSERT INTO stock (product, on_hand, shipped, received) VALUES ('p', 8, 2, 10);
            INSERT INTO reservations (order_id, product, quantity, state)
            VALUES ('\(order)', 'p', 2, 'shipped');
            INSERT INTO payments (order_id, tenant, customer, state, provider, provider_key,
                amount_minor, currency)
            VALUES ('\(order)', 't', 'c', 'captured', 'ledger', 'charge', 500, 'USD');
            INSERT INTO customer_accounts (tenant, customer, balance_minor) VALUES ('t', 'c', 500);
            INSERT INTO ledger_transfers (key, order_id, attempt, kind, tenant, customer,
                amount_minor, currency)
            VALUES ('charge', '\(order)', 1, 'charge', 't', 'c', 500, 'USD');
            INSERT INTO ledger_entries (transfer_key, account, amount_minor, currency) VALUES
                ('charge', 'customer:t/c', 500, 'USD'), ('charge', 'revenue:t', -500, 'USD');
            INSERT INTO receipts (order_id, path, checksum, byte_count)
            VALUES ('\(order)', '1/a.json', sha256('a'), 1);
            """
    }
}
