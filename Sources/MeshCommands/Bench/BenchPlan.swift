// SPDX-License-Identifier: MIT
import PostgresStore

/// A database for benchmarks.
enum BenchPlan {
    /// The schema, and a plan that grants everything: a refusal is cheaper, and not what is asked.
    static func prepare(_ connectionInfo: String) async throws {
        try await MeshDatabase.migrateQuietly(connectionInfo) { pool in
            try await pool.query(everything)
        }
    }

    /// The plan alone, where the schema is already.
    static func grantAll(_ connectionInfo: String) async throws {
        _ = try await MeshDatabase.withPool(
            connectionInfo, logger: MeshDatabase.silentLogger
        ) { pool in
            try await pool.query(everything)
        }
    }

    private static let everything = PostgresStatement(
        "bench.plan",
        "UPDATE plans SET rate_per_second = 10000000, burst = 10000000, depth_max = 10000000")
}
