// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import Logging
import PostgresStore
import TestSupport
import Testing

@testable import Ingest

/// Partitions are made ahead, and whoever would run short of them says so before it happens.
@Suite struct PartitionKeeperTests {
    private let database: PrivatePostgres
    private let readiness = Readiness()
    private let keeper: PartitionKeeper

    init() throws {
        database = try PrivatePostgres.make(connectionCount: 1)
        keeper = PartitionKeeper(
            store: OrderStore(pool: database.pool), readiness: readiness,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func run(_ sql: String) async throws {
        try await database.pool.query(
            PostgresStatement("k\(sql.utf8.reduce(5381) { $0 &* 33 &+ Int($1) })", sql))
    }

    private func dropComingMonths() async throws {
        try await run(
            """
            DO $$
            DECLARE one record;
            BEGIN
                FOR one IN SELECT partition FROM monthly_partitions() WHERE month > now() LOOP
                    EXECUTE 'DROP TABLE ' || one.partition;
                END LOOP;
            END $$
            """)
    }

    private func breakMaking() async throws {
        try await run(
            """
            CREATE OR REPLACE FUNCTION create_monthly_partitions(months_ahead integer DEFAULT 3)
                RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$
            """)
    }

    private var check: Readiness.Check? { readiness.checks["partitions"] }

    @Test func `months that are missing are made`() async throws {
        #expect(check?.isReady == false)
        try await dropComingMonths()
        #expect(await keeper.keep() > .seconds(3600))
        #expect(check?.isReady == true)
        let rows = try await database.pool.query(
            PostgresStatement("ahead", "SELECT monthly_partitions_ahead()"))
        #expect(try rows.first?[0] == Int32(3))
    }

    @Test func `making them fails: ready while there are enough, not ready when there are none`()
        async throws
    {
        try await breakMaking()
        #expect(await keeper.keep() <= .seconds(60))
        #expect(check?.isReady == true)
        try await dropComingMonths()
        #expect(await keeper.keep() <= .seconds(60))
        #expect(check?.isReady == false)
        #expect(check?.reason.contains("0 months ahead") == true)
        #expect(check?.reason.contains("no room") == true)
        try await run(try PrivatePostgres.makingPartitions())
        #expect(await keeper.keep() > .seconds(3600))
        #expect(check?.isReady == true)
    }
}

extension PrivatePostgres {
    /// The schema's own function, to be put back.
    fileprivate static func makingPartitions() throws -> String {
        let schema = try schema()
        let start = try #require(schema.range(of: "CREATE OR REPLACE FUNCTION create_monthly"))
        let end = try #require(
            schema.range(of: "END $$;", range: start.lowerBound..<schema.endIndex))
        return String(schema[start.lowerBound..<end.upperBound])
    }
}
