// SPDX-License-Identifier: MIT
import Logging
import PostgresStore

/// The database of a mesh under test, to look into.
struct Database: Sendable {
    private let pool: PostgresPool

    /// - Parameter connectionInfo: libpq's words.
    init(_ connectionInfo: String) {
        pool = PostgresPool(
            PostgresConfiguration(connectionInfo: connectionInfo, connectionCount: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func close() { pool.close() }

    /// The one number that `query` answers.
    func number(_ query: String) async throws -> Int64 {
        let rows = try await pool.query(Self.statement("(\(query))::bigint"))
        guard let row = rows.first else { return -1 }
        return try row[0]
    }

    /// Asks until `query` answers true.
    func wait(for query: String) async throws {
        while true {
            let rows = try await pool.query(Self.statement("(\(query))"))
            if let row = rows.first, try row[0] { return }
        }
    }

    /// Changes something, by one statement with texts for its parameters.
    func run(_ statement: String, _ parameters: [String]) async throws {
        try await pool.query(
            PostgresStatement("test.\(abs(statement.hashValue))", statement),
            parameters.map { .text($0) })
    }

    private static func statement(_ expression: String) -> PostgresStatement {
        PostgresStatement("test.\(abs(expression.hashValue))", "SELECT \(expression)")
    }
}
