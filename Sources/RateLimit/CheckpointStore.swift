// SPDX-License-Identifier: MIT
package import Daemon
package import Orders
package import PostgresStore
package import TokenBucket

/// The tables `limiter_state` and `bucket_checkpoints`: who serves, and how far each bucket may have
/// spent.
///
/// One limiter at a time may use them, which `Tenure` sees to: two would each grant a tenant's whole
/// rate. Statements: `CheckpointStore+Statements.swift`.
package struct CheckpointStore: Sendable {
    /// What a bucket is named and how far it may spend.
    package struct Checkpoint: Equatable, Sendable {
        package let bucket: String
        package let state: Bucket.Checkpoint

        package init(bucket: String, state: Bucket.Checkpoint) {
            self.bucket = bucket
            self.state = state
        }
    }

    /// What the process before left.
    package struct Inheritance: Equatable, Sendable {
        package let checkpoints: [String: Bucket.Checkpoint]
        /// Whether that process stopped in order, or there was none.
        package let isClean: Bool

        package init(checkpoints: [String: Bucket.Checkpoint], isClean: Bool) {
            self.checkpoints = checkpoints
            self.isClean = isClean
        }
    }

    /// The right to write, until another limiter opens the tables.
    package struct Tenure: Equatable, Sendable {
        package let epoch: Int64
    }

    private static let sweptCountMax: Int64 = 1_000
    /// Writes that one tenure may number.
    private static let numberBitCount = 32

    private let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Takes the tables over, durably, from whoever had them: a write of his that is under way is
    /// waited for, later ones are refused.
    ///
    /// - Parameters:
    ///   - boot: which boot of which machine this is.
    ///   - makeClock: of the boot and clock offset of the process before; gives the clock to use.
    /// - Returns: the clock, when service began by it, what is inherited, and the right to write.
    package func open(
        boot: String, makeClock: @escaping @Sendable (SteadyClock.Origin?) -> SteadyClock
    ) async throws(PostgresError) -> (SteadyClock, MeshInstant, Inheritance, Tenure) {
        try await pool.transaction { session throws(PostgresError) in
            guard let row = try session.execute(Self.lock).first else {
                throw PostgresError(.schemaMismatch, "limiter_state is empty")
            }
            let epoch: Int64 = try row[0]
            let isOpen: Bool = try row[1]
            let clock = makeClock(.init(boot: try row[2], offset: try row[3]))
            let start = clock.now()
            let checkpoints = try Self.checkpoints(after: start, in: session)
            try session.execute(Self.take, [.text(boot), .int64(clock.offset)])
            return (
                clock, start, Inheritance(checkpoints: checkpoints, isClean: !isOpen),
                Tenure(epoch: epoch + 1)
            )
        }
    }

    private static func checkpoints(
        after start: MeshInstant, in session: PostgresSession
    ) throws(PostgresError) -> [String: Bucket.Checkpoint] {
        var checkpoints: [String: Bucket.Checkpoint] = [:]
        for row in try session.execute(select, [.int64(start.nanoseconds)]) {
            let name: String = try row[0]
            let arrival: Int64 = try row[1]
            let interval: Int64 = try row[2]
            checkpoints[name] = Bucket.Checkpoint(
                arrival: MeshInstant(nanoseconds: arrival), interval: UInt32(clamping: interval))
        }
        return checkpoints
    }

    /// Writes checkpoints in one statement; durable when it returns. One of a lower number that
    /// arrives late, because its answer was not waited for, changes nothing any more.
    ///
    /// - Throws: `raised` when the tenure is over.
    package func advance(
        _ checkpoints: [Checkpoint], number: Int64, in tenure: Tenure
    ) async throws(PostgresError) {
        try await pool.query(
            Self.advance, Self.parameters(checkpoints, number: number, in: tenure))
    }

    /// Whether the tenure is still this limiter's.
    package func holds(_ tenure: Tenure) async throws(PostgresError) -> Bool {
        guard let row = try await pool.query(Self.epoch).first else { return false }
        let epoch: Int64 = try row[0]
        return epoch == tenure.epoch
    }

    /// At a clean stop: writes the exact arrival times and that the stop was clean.
    ///
    /// - Throws: `raised` when the tenure is over.
    package func close(_ checkpoints: [Checkpoint], _ tenure: Tenure) async throws(PostgresError) {
        let parameters = Self.parameters(checkpoints, number: Int64(UInt32.max), in: tenure)
        try await pool.transaction { session throws(PostgresError) in
            try session.execute(Self.lock)
            try session.execute(Self.close, parameters)
        }
    }

    /// Forgets some checkpoints of buckets that have been full since `before`.
    package func sweep(before: MeshInstant) async throws(PostgresError) -> Int {
        try await pool.query(
            Self.sweep, [.int64(before.nanoseconds), .int64(Self.sweptCountMax)]
        ).affectedCount
    }

    private static func parameters(
        _ checkpoints: [Checkpoint], number: Int64, in tenure: Tenure
    ) -> [PostgresValue] {
        [
            .int64(tenure.epoch), .int64(tenure.epoch << numberBitCount | number),
            .texts(checkpoints.map(\.bucket)),
            .int64s(checkpoints.map(\.state.arrival.nanoseconds)),
            .int64s(checkpoints.map { Int64($0.state.interval) }),
        ]
    }
}
