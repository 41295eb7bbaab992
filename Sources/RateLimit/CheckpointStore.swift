// SPDX-License-Identifier: MIT
package import Orders
package import PostgresStore

/// The table `bucket_checkpoints`: how far each bucket may have spent.
///
/// One limiter at a time may use it: two would each grant a tenant's whole rate.
package struct CheckpointStore: Sendable {
    /// What a bucket is named and how far it may spend.
    package struct Checkpoint: Equatable, Sendable {
        package let bucket: String
        package let arrival: MeshInstant

        package init(bucket: String, arrival: MeshInstant) {
            self.bucket = bucket
            self.arrival = arrival
        }
    }

    /// What the process before left.
    package struct Inheritance: Equatable, Sendable {
        package let checkpoints: [String: MeshInstant]
        /// Whether that process stopped in order, or there was none.
        package let isClean: Bool
    }

    /// A row by this name stands as long as a limiter runs, or when one crashed.
    package static let openName = "#open"
    private static let sweptCountMax: Int64 = 1_000

    private let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Reads what is there and notes, durably, that a limiter runs from now on.
    package func open(at now: MeshInstant) async throws(PostgresError) -> Inheritance {
        try await pool.transaction { session throws(PostgresError) in
            var checkpoints: [String: MeshInstant] = [:]
            var isClean = true
            for row in try session.execute(Self.select, [.int64(now.nanoseconds)]) {
                let name: String = try row[0]
                let arrival: Int64 = try row[1]
                if name == Self.openName {
                    isClean = false
                } else {
                    checkpoints[name] = MeshInstant(nanoseconds: arrival)
                }
            }
            try session.execute(
                Self.advance, [.texts([Self.openName]), .int64s([now.nanoseconds])])
            return Inheritance(checkpoints: checkpoints, isClean: isClean)
        }
    }

    /// Moves checkpoints forward, never back, in one statement; durable when it returns.
    package func advance(_ checkpoints: [Checkpoint]) async throws(PostgresError) {
        try await pool.query(
            Self.advance,
            [
                .texts(checkpoints.map(\.bucket)),
                .int64s(checkpoints.map(\.arrival.nanoseconds)),
            ])
    }

    /// At a clean stop: writes the exact arrival times and that the stop was clean.
    package func close(_ checkpoints: [Checkpoint]) async throws(PostgresError) {
        let parameters: [PostgresValue] = [
            .texts(checkpoints.map(\.bucket)), .int64s(checkpoints.map(\.arrival.nanoseconds)),
        ]
        try await pool.transaction { session throws(PostgresError) in
            try session.execute(Self.deleteAll)
            try session.execute(Self.advance, parameters)
        }
    }

    /// Forgets some checkpoints of buckets that have been full since `before`.
    package func sweep(before: MeshInstant) async throws(PostgresError) -> Int {
        try await pool.query(
            Self.sweep, [.int64(before.nanoseconds), .int64(Self.sweptCountMax)]
        ).affectedCount
    }

    private static let select = PostgresStatement(
        "checkpoints.load",
        "SELECT bucket, tat FROM bucket_checkpoints WHERE tat > $1 OR bucket = '\(openName)'")

    // Sorted, so that no two statements wait for each other.
    private static let advance = PostgresStatement(
        "checkpoints.advance",
        """
        INSERT INTO bucket_checkpoints AS held (bucket, tat)
        SELECT bucket, tat FROM unnest($1::text[], $2::bigint[]) AS given (bucket, tat)
        ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE
            SET tat = greatest(held.tat, excluded.tat), updated_at = now()
        """)

    private static let deleteAll = PostgresStatement(
        "checkpoints.close", "DELETE FROM bucket_checkpoints")

    private static let sweep = PostgresStatement(
        "checkpoints.sweep",
        """
        DELETE FROM bucket_checkpoints WHERE bucket IN (
            SELECT bucket FROM bucket_checkpoints
            WHERE tat < $1 AND bucket <> '\(openName)' LIMIT $2)
        """)
}
