// SPDX-License-Identifier: MIT
import PostgresStore

/// A database for benchmarks.
enum BenchPlan {
    /// The schema, and a plan that grants everything: a refusal is cheaper, and not what is asked.
    static func prepare(_ connectionInfo: String) async throws {
        try await MeshDatabase.migrateQuietly(connectionInfo) { pool in
            try await pool.query(
                PostgresStatement(
                    "bench.plan",
                    "UPDATE plans SET rate_per_second = 10000000, burst = 10000000"))
        }
    }
}
