// SPDX-License-Identifier: MIT
package import Daemon
package import Logging
import Orders
import PostgresStore
import ServiceLifecycle
import Synchronization

/// Makes leases durable, one write after the other.
package final class CheckpointWriter: Service {
    package let leases: LeaseLedger
    private let store: CheckpointStore
    private let tenure: CheckpointStore.Tenure
    private let readiness: Readiness
    private let logger: Logger
    private let signals: AsyncStream<Void>
    private let writeCount = Atomic<Int64>(0)

    /// After a failure the next attempt waits so long; takes that need it are refused meanwhile.
    package static let failurePause: Duration = .milliseconds(200)
    private static let readinessName = "checkpoints"

    package init(
        store: CheckpointStore, tenure: CheckpointStore.Tenure, readiness: Readiness,
        logger: Logger
    ) {
        self.store = store
        self.tenure = tenure
        self.readiness = readiness
        self.logger = logger
        let (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.signals = signals
        leases = LeaseLedger { signal.yield() }
        readiness.ready(Self.readinessName)
    }

    /// Whether leases cannot be written at present.
    package var isFailing: Bool { leases.isFailing }

    /// Writes until cancelled.
    ///
    /// - Throws: `LimiterSuperseded` when another limiter has taken the buckets over.
    package func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            let isWritten = try await writeWanted()
            if !isWritten { try await Task.sleep(for: Self.failurePause) }
        }
    }

    /// - Returns: false when the write failed.
    private func writeWanted() async throws -> Bool {
        guard let write = leases.take() else { return true }
        let number = writeCount.add(1, ordering: .relaxed).newValue
        var failure: PostgresError?
        do throws(PostgresError) {
            try await store.advance(write.checkpoints, number: number, in: tenure)
        } catch {
            failure = error
        }
        note(leases.finish(write, isWritten: failure == nil), failure)
        if let failure, failure.code == .raised { throw LimiterSuperseded() }
        return failure == nil
    }

    private func note(_ turn: LeaseLedger.Turn?, _ failure: PostgresError?) {
        switch turn {
        case .failsNow:
            readiness.unready(Self.readinessName, reason: "leases cannot be written")
            logger.error(
                "leases cannot be written: each tenant goes on as its plan says",
                metadata: .keyed([.error: failure.map { "\($0)" } ?? ""]))
        case .worksAgain:
            readiness.ready(Self.readinessName)
            logger.info("leases are written again")
        case nil: break
        }
    }
}

/// Another limiter has taken the buckets over: two would each grant a tenant's whole rate.
package struct LimiterSuperseded: Error, CustomStringConvertible {
    package var description: String { "another limiter serves these buckets now" }
}
