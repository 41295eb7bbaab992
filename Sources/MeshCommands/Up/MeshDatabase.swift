// SPDX-License-Identifier: MIT
import Logging
import PostgresStore

/// The PostgreSQL of a mesh: one that was named, or a private one in the run directory.
struct MeshDatabase: Sendable {
    let connectionInfo: String
    private let cluster: PrivateCluster?

    /// Starts the private one unless `connectionInfo` names another.
    static func start(
        given connectionInfo: String?, in layout: MeshLayout
    ) throws(PostgresError) -> MeshDatabase {
        if let connectionInfo {
            return named(connectionInfo)
        }
        let cluster = try PrivateCluster.start(in: layout.postgres)
        return MeshDatabase(connectionInfo: cluster.connectionInfo(), cluster: cluster)
    }

    /// The one at `connectionInfo`; nothing is started or written.
    static func named(_ connectionInfo: String) -> MeshDatabase {
        MeshDatabase(connectionInfo: connectionInfo, cluster: nil)
    }

    /// Ends the private one; leaves any other alone.
    func stop() { cluster?.stop() }

    /// Brings the schema to the version of this program.
    func migrate(logger: Logger) async throws {
        try await Self.withPool(connectionInfo, logger: logger) { pool in
            try await SchemaMigration.apply(SchemaText.sql, on: pool)
        }
    }

    /// Brings a private database to the version of this program, for a benchmark or a trial: nobody
    /// reads its log.
    static func migrateQuietly(
        _ connectionInfo: String, _ body: (PostgresPool) async throws -> Void
    ) async throws {
        try await withPool(connectionInfo, logger: silentLogger) { pool in
            try await SchemaMigration.apply(SchemaText.sql, on: pool)
            try await body(pool)
        }
    }

    static let silentLogger = Logger(label: "meshctl") { _ in SwiftLogNoOpLogHandler() }

    /// Opens a small pool, runs `body`, closes it.
    static func withPool<Result: Sendable>(
        _ connectionInfo: String, logger: Logger, statementTimeout: Duration = .seconds(10),
        scansTables: Bool = true,
        _ body: (PostgresPool) async throws -> Result
    ) async throws -> Result {
        let configuration = PostgresConfiguration(
            connectionInfo: connectionInfo, connectionCount: 1, applicationName: "meshctl",
            statementTimeout: statementTimeout, scansTables: scansTables)
        let pool = PostgresPool(configuration, logger: logger)
        defer { pool.close() }
        return try await body(pool)
    }
}
