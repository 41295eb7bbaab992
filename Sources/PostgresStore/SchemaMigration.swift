// SPDX-License-Identifier: MIT
package import Logging

/// Brings a database to the schema that this code expects, and checks that it is there.
package struct SchemaMigration {
    /// The version that `docker/init.sql` writes into `schema_version`.
    package static let version: Int32 = 6

    private static let lock = PostgresStatement(
        "schema.lock", "SELECT 1 FROM (SELECT pg_advisory_xact_lock(7021993402)) AS held")
    private static let read = PostgresStatement(
        "schema.version", "SELECT max(version)::integer FROM schema_version")

    /// Runs `sql`, the text of `docker/init.sql`, in one transaction: all of it, or nothing.
    ///
    /// Harmless to repeat, and safe when several do it at once.
    package static func apply(_ sql: String, on pool: PostgresPool) async throws(PostgresError) {
        try await pool.transaction { session throws(PostgresError) in
            try session.execute(lock)
            try session.run(script: sql)
        }
    }

    /// Waits until the database answers, however long that takes, and then verifies: a daemon that is
    /// started while the database is away, as after a failure of the power, needs nobody to start it
    /// again. Says so once, and again when it is over.
    ///
    /// - Throws: as `verify`; and `CancellationError`.
    package static func await(on pool: PostgresPool, logger: Logger) async throws {
        var isWaiting = false
        while true {
            do throws(PostgresError) {
                try await verify(on: pool)
                if isWaiting { logger.info("the database answers") }
                return
            } catch {
                guard error.isInfrastructure, error.code != .schemaMismatch else { throw error }
                if !isWaiting {
                    logger.warning("the database is waited for", metadata: ["error": "\(error)"])
                }
                isWaiting = true
            }
            try await Task.sleep(for: retryInterval)
        }
    }

    private static let retryInterval: Duration = .milliseconds(500)

    /// - Throws: `schemaMismatch` when the database is older than this code, newer, or empty.
    package static func verify(on pool: PostgresPool) async throws(PostgresError) {
        let rows = try await pool.query(read)
        let found: Int32? = try rows.first?[0]
        guard found == version else {
            throw PostgresError(
                .schemaMismatch,
                "the database has schema \(found.map(String.init) ?? "none"), this daemon needs "
                    + "\(version); run: meshctl db migrate")
        }
    }
}
