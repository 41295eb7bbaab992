// SPDX-License-Identifier: MIT

/// Brings a database to the schema that this code expects, and checks that it is there.
package struct SchemaMigration {
    /// The version that `docker/init.sql` writes into `schema_version`.
    package static let version: Int32 = 1

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
