// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import TestSupport
import Testing

/// What the schema itself refuses, whatever the daemons do.
@Suite struct SchemaTests {
    @Test func `the schema applies again to a database that has it`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        try await SchemaMigration.apply(PrivatePostgres.schema(), on: pool)
        try await SchemaMigration.verify(on: pool)
    }

    @Test func `a database of version 5 loses the constraints that version 6 has not`() async throws
    {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let before = [
            "ALTER TABLE payments ADD UNIQUE (provider_key)",
            "ALTER TABLE ledger_transfers ADD UNIQUE (reversed_by), ADD UNIQUE (reverses)",
            "ALTER TABLE ledger_transfers ADD UNIQUE (order_id, attempt, kind)",
            "DROP INDEX ledger_reversed_once_by, ledger_reverses_one",
            "UPDATE schema_version SET version = 5",
        ]
        for (number, sql) in before.enumerated() {
            try await pool.query(PostgresStatement("before.\(number)", sql))
        }
        try await SchemaMigration.apply(PrivatePostgres.schema(), on: pool)
        try await SchemaMigration.verify(on: pool)
        let rows = try await pool.query(
            PostgresStatement(
                "unique",
                """
                SELECT count(*) FILTER (WHERE contype = 'u'), (
                    SELECT count(*) FROM pg_indexes
                    WHERE indexname IN ('ledger_reversed_once_by', 'ledger_reverses_one'))
                FROM pg_constraint
                WHERE conrelid IN ('payments'::regclass, 'ledger_transfers'::regclass)
                """))
        #expect(try rows.first?[0] == Int64(0))
        #expect(try rows.first?[1] == Int64(2))
    }

    @Test func `a charge is reversed once, and by one reversal`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let transfer = PostgresStatement(
            "transfer",
            """
            INSERT INTO ledger_transfers (key, order_id, attempt, kind, tenant, customer,
                amount_minor, currency, reverses, reversed_by)
            VALUES ($1, '018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e', 1, $2, 't', 'c', 5, 'USD', $3, $4)
            """)
        func add(_ key: String, _ kind: String, _ reverses: String?, _ by: String?) async throws {
            try await pool.query(
                transfer,
                [.text(key), .text(kind), .optionalText(reverses), .optionalText(by)])
        }
        try await add("first", "charge", nil, "back")
        try await add("back", "reversal", "first", nil)
        let twice = await #expect(throws: PostgresError.self) {
            try await add("again", "reversal", "first", nil)
        }
        #expect(twice?.constraint == "ledger_reverses_one")
        let shared = await #expect(throws: PostgresError.self) {
            try await add("second", "charge", nil, "back")
        }
        #expect(shared?.constraint == "ledger_reversed_once_by")
    }

    @Test func `another schema version is refused`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        try await pool.query(
            PostgresStatement("newer", "INSERT INTO schema_version (version) VALUES (999)"))
        let error = await #expect(throws: PostgresError.self) {
            try await SchemaMigration.verify(on: pool)
        }
        #expect(error?.code == .schemaMismatch)
    }

    @Test func `partitions reach three months ahead, and a second call makes none`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let rows = try await pool.query(
            PostgresStatement(
                "ahead", "SELECT create_monthly_partitions(), monthly_partitions_ahead()"))
        #expect(try rows.first?[0] == Int32(0))
        #expect(try rows.first?[1] == Int32(3))
    }

    @Test func `the time of an order is read off its id exactly`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let statement = PostgresStatement("created", "SELECT order_created_at($1)")
        for milliseconds: UInt64 in [1, 1_790_000_000_001, 1_790_000_000_999, 4_000_000_000_123] {
            let id = OrderID(.version7(milliseconds: milliseconds, random: (1, 2)))
            let rows = try await pool.query(statement, [.uuid(id.value)])
            #expect(try rows.first?[0] == id.createdAt)
        }
    }

    @Test(arguments: [
        // Pieces out of nothing, and more pieces than there are.
        "UPDATE stock SET on_hand = on_hand + 1",
        "UPDATE stock SET on_hand = on_hand - 6, reserved = reserved + 6",
        // A transfer of one side, one that does not cancel out, one in two currencies.
        "INSERT INTO ledger_entries VALUES ('t', 'a', 5, 'USD')",
        "INSERT INTO ledger_entries VALUES ('t', 'a', 5, 'USD'), ('t', 'b', -4, 'USD')",
        "INSERT INTO ledger_entries VALUES ('t', 'a', 5, 'USD'), ('t', 'b', -5, 'EUR')",
        "UPDATE ledger_entries SET amount_minor = 0",
        "DELETE FROM ledger_entries",
    ])
    func `the schema refuses`(_ sql: String) async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        try await pool.query(
            PostgresStatement("stock", "SELECT 1 FROM (SELECT stock_receive('apple', 5)) AS s"))
        let error = await #expect(throws: PostgresError.self) {
            try await pool.query(PostgresStatement("refused", sql))
        }
        #expect(error?.code == .checkViolation)
    }

    @Test func `an order has at most one charge that stands`() async throws {
        let pool = try PrivatePostgres.make(connectionCount: 1).pool
        let charge = PostgresStatement(
            "charge",
            """
            INSERT INTO ledger_transfers
                (key, order_id, attempt, kind, tenant, customer, amount_minor, currency)
            VALUES ($1, '018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e', $2, 'charge', 't', 'c', 5, 'USD')
            """)
        try await pool.query(charge, [.text("first"), .int32(1)])
        let error = await #expect(throws: PostgresError.self) {
            try await pool.query(charge, [.text("second"), .int32(2)])
        }
        #expect(error?.constraint == "ledger_one_standing_charge")
    }
}
