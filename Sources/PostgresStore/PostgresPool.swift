// SPDX-License-Identifier: MIT
package import Logging
import ServiceLifecycle

/// A few connections to PostgreSQL, each on a thread of its own because libpq blocks.
///
/// Usable from `init` on; connections are made when first needed. Close it, let `run` end, or drop
/// the last reference: jobs that wait are done, then the threads end.
package final class PostgresPool: Sendable {
    let configuration: PostgresConfiguration
    let logger: Logger
    private let queue: PostgresJobQueue

    package init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let queue = PostgresJobQueue(jobCountMax: configuration.waitingJobsMax)
        self.queue = queue
        var startedCount = 0
        for index in 0..<configuration.connectionCount {
            let hasStarted = BlockingThread.start(named: "postgres-\(index)") {
                PostgresWorker(configuration, logger: logger).run(queue)
            }
            startedCount += hasStarted ? 1 : 0
        }
        if startedCount == 0 { queue.close() }
    }

    deinit {
        queue.close()
    }

    /// Takes no more work; what waits is still done.
    package func close() {
        queue.close()
    }

    /// Runs `body` inside a transaction on one connection's thread.
    ///
    /// `body` is synchronous, and may run several times: serialization failures, deadlocks and
    /// connections lost before COMMIT are tried again, so it must have no effect outside the session.
    /// - Throws: what the body threw, or what BEGIN or COMMIT met; `commitUnknown` when the
    ///   transaction may have been applied.
    package func transaction<T: Sendable>(
        _ opening: PostgresTransaction = .readCommitted,
        _ body: @escaping @Sendable (PostgresSession) throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        let deadline = ContinuousClock.now + configuration.connectPatience
        return try await onWorker { worker in
            worker.transaction(opening, until: deadline, body)
        }
    }

    /// Runs one statement by itself, committed when it returns.
    ///
    /// - Throws: `commitUnknown` when the connection broke before the answer: it may have been applied.
    @discardableResult
    package func query(
        _ statement: PostgresStatement,
        _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> PostgresRows {
        let deadline = ContinuousClock.now + configuration.connectPatience
        return try await onWorker { worker in
            worker.autocommit(statement, parameters, until: deadline)
        }
    }

    /// Asks the server for a sign of life.
    package func ping() async throws(PostgresError) {
        try await query(PostgresStatement("ping", "SELECT 1"))
    }

    private func onWorker<T: Sendable>(
        _ work: @escaping @Sendable (PostgresWorker) -> Result<T, PostgresError>
    ) async throws(PostgresError) -> T {
        let result: Result<T, PostgresError> = await withCheckedContinuation { continuation in
            queue.add(
                .init(
                    run: { worker in continuation.resume(returning: work(worker)) },
                    refuse: { error in continuation.resume(returning: .failure(error)) }))
        }
        return try result.get()
    }
}

extension PostgresPool: Service {
    /// Lasts until cancelled or gracefully shut down, then closes the pool.
    package func run() async throws {
        // Cancelled means the same end by another way.
        do { try await gracefulShutdown() } catch is CancellationError {}
        close()
    }
}
