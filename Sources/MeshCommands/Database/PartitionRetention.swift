// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Takes months that are older than wanted out of the partitioned tables, one partition at a time.
struct PartitionRetention: Sendable {
    /// One month of one table.
    struct Partition: Equatable, Sendable {
        let parent: String
        let name: String
        /// Its first day, as `2026-01-01`.
        let month: String
        /// A detachment was broken off.
        let isPending: Bool
    }

    /// This month and the last one are made anew whenever they are missing, and written to.
    static let monthCountMin = 2

    let connectionInfo: String
    let monthCount: Int
    let includesLedger: Bool
    /// How long a detachment waits for those who read the partition.
    var patience: Duration = .seconds(600)

    private static let old = PostgresStatement(
        "meshctl.old-partitions",
        """
        SELECT parent, partition, month::text, is_pending FROM monthly_partitions()
        WHERE (month < (date_trunc('month', now() AT TIME ZONE 'UTC')
                - make_interval(months => $1::integer - 1))::date OR is_pending)
            AND (parent <> 'ledger_entries' OR $2)
        """)
    private static let restless = PostgresStatement(
        "meshctl.restless-orders",
        "SELECT count(*), min(id::text) FROM restless_orders($1::text::date) AS id")

    /// The partitions to detach, oldest first.
    ///
    /// - Throws: also when a month holds orders that are not at rest.
    func find() async throws -> [Partition] {
        try await MeshDatabase.withPool(connectionInfo, logger: MeshDatabase.silentLogger) { pool in
            let rows = try await pool.query(
                Self.old, [.int32(Int32(clamping: monthCount)), .bool(includesLedger)])
            var found: [Partition] = []
            for row in rows {
                found.append(
                    Partition(
                        parent: try row[0], name: try row[1], month: try row[2],
                        isPending: try row[3]))
            }
            for month in Set(found.filter { $0.parent == "orders" }.map(\.month)).sorted() {
                try await check(month, on: pool)
            }
            // Of one month the events go before the orders that they are of.
            return found
        }
    }

    private func check(_ month: String, on pool: PostgresPool) async throws {
        guard let row = try await pool.query(Self.restless, [.text(month)]).first else { return }
        let count: Int64 = try row[0]
        guard count > 0 else { return }
        let first: String? = try row[1]
        throw CommandError(
            "\(count) orders of the month of \(month) are not at rest, \(first ?? "") among them: "
                + "`meshctl order explain` tells why; nothing was detached")
    }

    /// Detaches one, without a lock that orders would wait for. Waits until everybody who reads the
    /// partition is done.
    func detach(_ partition: Partition) async throws(PostgresError) {
        let configuration = PostgresConfiguration(
            connectionInfo: connectionInfo, connectionCount: 1, applicationName: "meshctl",
            statementTimeout: patience, lockTimeout: patience)
        let pool = PostgresPool(configuration, logger: MeshDatabase.silentLogger)
        defer { pool.close() }
        let verb = partition.isPending ? "FINALIZE" : "CONCURRENTLY"
        // Names come from the catalogue, of tables that the schema made: letters, digits, underscores.
        try await pool.query(
            PostgresStatement(
                "meshctl.detach",
                "ALTER TABLE \(partition.parent) DETACH PARTITION \(partition.name) \(verb)"))
    }
}
