// SPDX-License-Identifier: MIT
package import Daemon
package import Logging
package import Orders
import ServiceLifecycle
import Synchronization
package import TokenBucket

/// Makes leases durable: whatever is wanted while one write is under way goes into the next one.
package final class CheckpointWriter: Service {
    /// Told, once for each write, whether it succeeded. Called on any thread.
    package typealias Waiter = @Sendable (Bool) -> Void

    private struct State {
        var wanted: [String: (bucket: Bucket, target: MeshInstant)] = [:]
        var waiters: [ObjectIdentifier: Waiter] = [:]
        var isFailing = false
    }

    private let store: CheckpointStore
    private let readiness: Readiness
    private let logger: Logger
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// After a failure the next attempt waits so long; takes that need it are refused meanwhile.
    package static let failurePause: Duration = .milliseconds(200)
    private static let readinessName = "checkpoints"

    package init(store: CheckpointStore, readiness: Readiness, logger: Logger) {
        self.store = store
        self.readiness = readiness
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        readiness.ready(Self.readinessName)
    }

    /// Asks for a lease that covers `target`.
    ///
    /// - Parameters:
    ///   - waiter: with whom to speak when it is written; one for each `owner` and write.
    /// - Returns: false when the last write failed. The lease is tried all the same, but nobody
    ///   should wait for it.
    package func want(
        _ name: String, _ bucket: Bucket, through target: MeshInstant,
        owner: ObjectIdentifier? = nil, waiter: Waiter? = nil
    ) -> Bool {
        let isFailing = state.withLock { state in
            let known = state.wanted[name]?.target ?? target
            state.wanted[name] = (bucket, max(known, target))
            if let owner, let waiter, !state.isFailing { state.waiters[owner] = waiter }
            return state.isFailing
        }
        signal.yield()
        return !isFailing
    }

    package var isFailing: Bool { state.withLock { $0.isFailing } }

    /// Writes until cancelled.
    package func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            let isWritten = await writeWanted()
            if !isWritten { try await Task.sleep(for: Self.failurePause) }
        }
    }

    /// - Returns: false when the write failed.
    private func writeWanted() async -> Bool {
        let (wanted, waiters) = state.withLock { state in
            defer {
                state.wanted = [:]
                state.waiters = [:]
            }
            return (state.wanted, state.waiters)
        }
        guard !wanted.isEmpty else { return true }
        let checkpoints = wanted.map {
            CheckpointStore.Checkpoint(bucket: $0.key, arrival: $0.value.target)
        }
        var failure: (any Error)?
        do {
            try await store.advance(checkpoints)
            for (bucket, target) in wanted.values { bucket.cover(through: target) }
        } catch {
            failure = error
            for (bucket, _) in wanted.values { bucket.leaseFailed() }
        }
        note(failure)
        for waiter in waiters.values { waiter(failure == nil) }
        return failure == nil
    }

    private func note(_ failure: (any Error)?) {
        let wasFailing = state.withLock { state in
            defer { state.isFailing = failure != nil }
            return state.isFailing
        }
        if let failure, !wasFailing {
            readiness.unready(Self.readinessName, reason: "leases cannot be written")
            logger.error(
                "leases cannot be written", metadata: .keyed([.error: "\(failure)"]))
        } else if failure == nil, wasFailing {
            readiness.ready(Self.readinessName)
            logger.info("leases are written again")
        }
    }
}
