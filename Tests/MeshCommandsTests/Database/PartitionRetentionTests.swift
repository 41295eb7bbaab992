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

    // MARK: - Broken off

    /// Asks until `sql` answers `true`, for as long as a slow machine may take.
    private func wait(for sql: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await text("SELECT (\(sql))::text") != "true" {
            try #require(.now < deadline, "\(sql)")
        }
    }

    private func endBackends(_ condition: String) async throws {
        _ = try await text(
            "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity "
                + "WHERE datname = current_database() AND \(condition)")
    }

    /// Detaches while somebody reads the table, and is killed as it waits for him: by then the
    /// partition is marked, and whoever plans a query does not see it any more.
    private func breakOff(_ partition: PartitionRetention.Partition) async throws {
        let reads = "query LIKE 'SELECT (SELECT count%' AND wait_event = 'PgSleep'"
        async let hasFailedToRead = fails {
            _ = try await text(
                "SELECT (SELECT count(*) FROM \(partition.parent))::text || pg_sleep(600)::text")
        }
        try await wait(
            for: "SELECT count(*) = 1 FROM pg_stat_activity "
                + "WHERE datname = current_database() AND \(reads)")
        async let hasFailedToDetach = fails { try await retention(3).detach(partition) }
        try await wait(
            for: "SELECT bool_or(is_pending) FROM monthly_partitions() "
                + "WHERE partition = '\(partition.name)'")
        try await endBackends("application_name = 'meshctl'")
        let isBrokenOff = await hasFailedToDetach
        try #require(isBrokenOff)
        try await endBackends(reads)
        let isReaderGone = await hasFailedToRead
        #expect(isReaderGone)
    }

    private func fails(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch {
            return true
        }
    }

    @Test func `a detachment that was broken off is finished by the next run`() async throws {
        try await makeOlderMonth()
        let old = try await retention(3).find()
        let first = try #require(old.first)
        try await breakOff(first)

        // Orders come in meanwhile, of new months and of the last one.
        try await place("fulfilled")
        let left = try await retention(3).find()
        #expect(left.map(\.name) == old.map(\.name))
        #expect(left.map(\.isPending) == [true, false])
        // Also when it would not be old any more: half out, it is neither here nor there.
        #expect(try await retention(12).find().map(\.name) == [first.name])

        for partition in left { try await retention(3).detach(partition) }
        #expect(try await retention(3).find().isEmpty)
        let attached = try await text(
            "SELECT count(*)::text FROM pg_inherits WHERE inhrelid = '\(first.name)'::regclass")
        #expect(attached == "0")
        #expect(try await text("SELECT count(*)::text FROM \(first.name)") == "0")
        #expect(try await text("SELECT count(*)::text FROM orders") == "1")
    }
}
