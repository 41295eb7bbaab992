// SPDX-License-Identifier: MIT
import Logging
import Orders
import PostgresStore
import TestSupport
import Testing

@Suite struct PostgresPoolTests {
    private let echo = PostgresStatement(
        "echo",
        """
        SELECT $1::bool, $2::int4, $3::int8, $4::text, $5::bytea, $6::uuid, $7::timestamptz, $8::jsonb
        """)
    private let insert = PostgresStatement(
        "insert", "INSERT INTO stock (product, on_hand, received) VALUES ($1, $2, $2)")
    private let onHand = PostgresStatement(
        "on-hand", "SELECT on_hand FROM stock WHERE product = $1")

    @Test func `scalars come back as they were sent`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let id = UniqueID(high: 0x0123_4567_89AB_7DEF, low: 0x8123_4567_89AB_CDEF)
        let at = MeshInstant(nanoseconds: 1_790_000_000_123_456_000)
        let rows = try await pool.query(
            echo,
            [
                .bool(true), .int64(-7), .int32(9), .text("größe 🪙"), .bytes([0, 255]), .uuid(id),
                .timestamp(at), .text(#"{"a": 1}"#),
            ])
        let row = try #require(rows.first)
        #expect(try row[0] as Bool)
        #expect(try row[1] as Int32 == -7)
        #expect(try row[2] as Int64 == 9)
        #expect(try row[3] as String == "größe 🪙")
        #expect(try row[4] as [UInt8] == [0, 255])
        #expect(try row[5] as UniqueID == id)
        #expect(try row[6] as MeshInstant == at)
        #expect(try row[7] as String == #"{"a": 1}"#)
    }

    /// Among a few rows reading all of them is the cheaper plan, and a prepared one stays.
    @Test(arguments: [true, false]) func `keys lead to rows, not to a plan that reads all`(
        _ scansTables: Bool
    ) async throws {
        let database = try PrivatePostgres.make(connectionCount: 1)
        try await database.pool.query(
            PostgresStatement(
                "few", "SELECT stock_receive('p' || n, 1) FROM generate_series(1, 3) AS n"))
        try await database.pool.query(PostgresStatement("statistics", "ANALYZE stock"))
        let pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: database.connectionInfo, connectionCount: 1,
                scansTables: scansTables),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let plan: [String] = try await pool.query(
            PostgresStatement(
                "plan", "EXPLAIN SELECT on_hand FROM stock WHERE product = ANY('{p1,p2}')")
        ).map { try $0[0] }
        #expect(plan.contains { $0.contains("Seq Scan") } == scansTables, "\(plan)")
    }

    @Test func `arrays and nulls come back as they were sent`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let statement = PostgresStatement(
            "arrays", "SELECT $1::int8[], $2::text[], $3::uuid[], $4::bytea[], $5::text, $6::int8[]"
        )
        let id = UniqueID(high: 1, low: 2)
        let rows = try await pool.query(
            statement,
            [
                .int64s([1, -2]), .optionalTexts(["a", nil]), .uuids([id]), .bytesList([[], [7]]),
                .null, .int64s([]),
            ])
        let row = try #require(rows.first)
        #expect(try row[0] as [Int64] == [1, -2])
        #expect(try row[1] as [String?] == ["a", nil])
        #expect(try row[2] as [UniqueID] == [id])
        #expect(try row[3] as [[UInt8]] == [[], [7]])
        #expect(try row[4] as String? == nil)
        #expect(try row[5] as [Int64] == [])
        #expect(throws: PostgresError.self) { try row[4] as String }
        #expect(throws: PostgresError.self) { try row[0] as [Int64?].Element }
    }

    @Test func `a value that does not fit its parameter is refused before it is sent`() async throws
    {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let statement = PostgresStatement("narrow", "SELECT $1::int4")
        let error = await #expect(throws: PostgresError.self) {
            try await pool.query(statement, [.int64(1 << 40)])
        }
        #expect(error?.code == .invalidParameter)
        let rows = try await pool.query(statement, [.int64(5)])
        #expect(try rows.first?[0] == Int32(5))
    }

    @Test func `a body that throws leaves nothing behind`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction { session throws(PostgresError) in
                try session.execute(insert, [.text("apple"), .int64(1)])
                throw PostgresError(.rolledBack, "changed our mind")
            }
        }
        #expect(error?.code == .rolledBack)
        #expect(try await pool.query(onHand, [.text("apple")]).isEmpty)
    }

    @Test func `a failed statement that is passed over still fails the transaction`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction { session throws(PostgresError) in
                try session.execute(insert, [.text("apple"), .int64(1)])
                do throws(PostgresError) {
                    try session.execute(insert, [.text("pear"), .int64(-1)])
                } catch {
                    #expect(error.code == .checkViolation)
                }
            }
        }
        #expect(error?.code == .rolledBack)
        #expect(try await pool.query(onHand, [.text("apple")]).isEmpty)
    }

    @Test func `a pipeline answers in order and fails as one`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let answers = try await pool.transaction { session throws(PostgresError) in
            try session.pipeline([
                (insert, [.text("apple"), .int64(3)]), (onHand, [.text("apple")]),
            ])
        }
        #expect(try answers[1].first?[0] == Int64(3))
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction { session throws(PostgresError) in
                try session.pipeline([
                    (insert, [.text("pear"), .int64(1)]), (insert, [.text("apple"), .int64(1)]),
                    (onHand, [.text("pear")]),
                ])
            }
        }
        #expect(error?.code == .uniqueViolation)
        #expect(error?.constraint == "stock_pkey")
        #expect(try await pool.query(onHand, [.text("pear")]).isEmpty)
    }

    @Test func `transactions that would deadlock or collide are run again`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 4).pool
        try await pool.query(insert, [.text("apple"), .int64(0)])
        let read = PostgresStatement("read", "SELECT received FROM stock WHERE product = 'apple'")
        let write = PostgresStatement(
            "write", "UPDATE stock SET on_hand = $1, received = $1 WHERE product = 'apple'")
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    try await pool.transaction(.serializable) { session throws(PostgresError) in
                        let count: Int64 = try session.execute(read)[0][0]
                        try session.execute(write, [.int64(count + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await pool.query(onHand, [.text("apple")]).first?[0] == Int64(4))
    }

    @Test func `a connection that the server closed while idle is replaced unseen`() async throws {
        let database = try PrivatePostgres.make(connectionCount: 1)
        let killer = PostgresPool(
            .init(connectionInfo: database.connectionInfo, connectionCount: 1),
            logger: Logger(label: "killer"))
        try await database.pool.ping()
        let kill = PostgresStatement(
            "kill",
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        try await killer.query(kill)
        try await database.pool.query(insert, [.text("apple"), .int64(1)])
        #expect(try await killer.query(onHand, [.text("apple")]).count == 1)
    }

    @Test func `a connection cut before COMMIT means another run and one effect`() async throws {
        let database = try PrivatePostgres.make(connectionCount: 1)
        let suicide = PostgresStatement("suicide", "SELECT pg_terminate_backend(pg_backend_pid())")
        let runs = Counter()
        try await database.pool.transaction { session throws(PostgresError) in
            try session.execute(insert, [.text("apple"), .int64(1)])
            if runs.increment() == 1 { try session.execute(suicide) }
        }
        #expect(runs.value == 2)
        #expect(try await database.pool.query(onHand, [.text("apple")]).count == 1)
    }

    @Test func `an autocommitted statement cut short may have been applied`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let error = await #expect(throws: PostgresError.self) {
            try await pool.query(
                PostgresStatement("suicide", "SELECT pg_terminate_backend(pg_backend_pid())"))
        }
        #expect(error?.code == .commitUnknown)
        #expect(error?.mayHaveBeenApplied == true)
    }

    @Test func `nobody there is unavailable, and so is a closed pool`() async throws {
        let pool = PostgresPool(
            .init(
                connectionInfo: "host=/nonexistent user=nobody", connectionCount: 1,
                connectPatience: .milliseconds(60)),
            logger: Logger(label: "test"))
        let absent = await #expect(throws: PostgresError.self) { try await pool.ping() }
        #expect(absent?.code == .unavailable)
        pool.close()
        let closed = await #expect(throws: PostgresError.self) { try await pool.ping() }
        #expect(closed?.code == .unavailable)
    }

    @Test func `a statement beyond its time is ended`() async throws {
        let database = try PrivatePostgres.make()
        let pool = PostgresPool(
            .init(
                connectionInfo: database.connectionInfo, connectionCount: 1,
                statementTimeout: .milliseconds(50)),
            logger: Logger(label: "test"))
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction { session throws(PostgresError) in
                try session.execute(PostgresStatement("slow", "SELECT pg_sleep(60)"))
            }
        }
        #expect(error?.code == .timedOut)
    }

    @Test func `a listener hears that it listens, then every payload`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        var notifications = pool.listen("plans").makeAsyncIterator()
        #expect(await notifications.next() == .listening)
        try await pool.query(
            PostgresStatement(
                "plan", "INSERT INTO plans (tenant, rate_per_second, burst) VALUES ('acme', 5, 5)"))
        #expect(await notifications.next() == .payload("acme"))
    }
}
