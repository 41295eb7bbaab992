// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import ServiceLifecycle

/// Hands over what was stored but not handed over: because a process died in between, the broker
/// was away, or its answer was lost. Also counts what waits, so that admission can stop in time.
struct OutboxSweeper: Service {
    private let store: OrderStore
    private let queue: InventoryQueue
    private let gate: DepthGate
    private let clock: any MeshClock
    private let outboxCountMax: Int
    private let metrics: AdmissionMetrics
    private let readiness: Readiness
    private let logger: Logger

    private static let readinessName = "database"
    private static let interval: Duration = .seconds(1)
    /// Older rows are nobody's who still waits for the broker's answer.
    private static let age: Duration = .seconds(6)
    private static let batchCountMax = 512

    init(
        store: OrderStore, queue: InventoryQueue, gate: DepthGate, clock: any MeshClock,
        outboxCountMax: Int, metrics: AdmissionMetrics, readiness: Readiness, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.gate = gate
        self.clock = clock
        self.outboxCountMax = outboxCountMax
        self.metrics = metrics
        self.readiness = readiness
        self.logger = logger
        readiness.expect(Self.readinessName)
    }

    /// Sweeps until cancelled or shut down.
    func run() async throws {
        await repeating(every: Self.interval) { await self.sweep() }
    }

    /// Hands over all that is old enough, as long as the broker takes it; the first to notice when
    /// the database is away.
    func sweep() async {
        do throws(PostgresError) {
            let count = try await store.outboxCount(upTo: outboxCountMax + 1)
            gate.update(outboxCount: count)
            metrics.outbox(of: count)
            readiness.ready(Self.readinessName)
            while try await sweepBatch() {}
        } catch {
            readiness.unready(Self.readinessName, reason: "\(error)")
            logger.warning("outbox not swept", metadata: .keyed([.error: "\(error)"]))
        }
    }

    /// - Returns: whether there may be more to do.
    private func sweepBatch() async throws(PostgresError) -> Bool {
        let messages = try await store.claimOutstanding(
            olderThan: Self.age, at: clock.now(), limit: Self.batchCountMax)
        guard !messages.isEmpty else { return false }
        guard await queue.publish(messages) == .applied else { return false }
        try await store.markSent(messages.map(\.message))
        logger.info(
            "orders handed over late",
            metadata: .keyed([.count: .stringConvertible(messages.count)]))
        return messages.count == Self.batchCountMax
    }
}
