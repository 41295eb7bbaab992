// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import PostgresStore
import TestSupport
import Testing

@testable import MeshCommands

/// Old months leave the partitioned tables, and nothing else does.
@Suite struct PartitionRetentionTests {
    private let database: PrivatePostgres

    init() throws {
        database = try PrivatePostgres.make(connectionCount: 2)
    }

    private func retention(_ monthCount: Int, ledger: Bool = false) -> PartitionRetention {
        PartitionRetention(
            connectionInfo: database.connectionInfo, monthCount: monthCount, includesLedger: ledger)
    }

    private func text(_ sql: String) async throws -> String? {
        try await database.pool.query(
            PostgresStatement("t\(sql.utf8.reduce(5381) { $0 &* 33 &+ Int($1) })", sql)
        ).first?[0]
    }

    private func attachedCount() async throws -> String? {
        try await text("SELECT count(*)::text FROM monthly_partitions()")
    }

    /// An order of last month; partitions begin there.
    private func place(_ status: String) async throws {
        _ = try await text(
            """
            WITH placed AS (
                INSERT INTO orders (id, created_at, tenant, customer, status, total_minor, items, trace)
                SELECT id, order_created_at(id), 'acme', 'bob', '\(status)', 100, '[]', id
                FROM (SELECT (lpad(to_hex((extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC')
                        AT TIME ZONE 'UTC') * 1000)::bigint - 86400000), 12, '0')
                        || '7000' || '8' || substr(md5('\(status)'), 1, 15))::uuid AS id) AS made
                RETURNING id)
            SELECT id::text FROM placed
            """)
    }

    /// Moves the tables' clock a month on: what is last month now is the month before then.
    private func makeOlderMonth() async throws {
        for parent in ["orders", "order_events", "ledger_entries"] {
            _ = try await text(
                """
                DO $$
                DECLARE first_day timestamptz :=
                    date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                        - interval '3 months';
                BEGIN
                    SET LOCAL timezone = 'UTC';
                    first_day := date_trunc('month', now()) - interval '3 months';
                    EXECUTE format('CREATE TABLE %I PARTITION OF \(parent) FOR VALUES FROM (%L) TO (%L)',
                        '\(parent)_' || to_char(first_day, '"y"YYYY"m"MM'), first_day,
                        first_day + interval '1 month');
                END $$
                """)
        }
    }

    @Test func `months that are kept long enough go, the ledger's stay`() async throws {
        try await makeOlderMonth()
        let before = try await attachedCount()
        let old = try await retention(3).find()
        #expect(old.map(\.parent).sorted() == ["order_events", "orders"])
        for partition in old { try await retention(3).detach(partition) }
        #expect(try await retention(3).find().isEmpty)
        #expect(try await attachedCount() == before.flatMap { Int($0) }.map { "\($0 - 2)" })
        // A table of its own, with all that was in it.
        let name = try #require(old.first?.name)
        #expect(try await text("SELECT to_regclass('\(name)')::text") == name)
        #expect(try await retention(3, ledger: true).find().map(\.parent) == ["ledger_entries"])
    }

    @Test func `the months that are written to are never old`() async throws {
        #expect(try await retention(2).find().isEmpty)
        #expect(PartitionRetention.monthCountMin == 2)
        #expect(throws: (any Error).self) {
            _ = try DatabaseDetachCommand.parse(["--keep-months", "1"])
        }
    }

    @Test(arguments: ["fulfilled", "dead", "charged", "unknown"])
    func `a month with an order that is not at rest stays`(status: String) async throws {
        try await place(status)
        // Asked for less than the command allows, so that last month is old.
        let isAtRest = status == "fulfilled" || status == "dead"
        if isAtRest {
            #expect(try await retention(1).find().count == 2)
        } else {
            let error = await #expect(throws: CommandError.self) { try await retention(1).find() }
            #expect(error?.description.contains("1 orders") == true)
        }
    }
}
