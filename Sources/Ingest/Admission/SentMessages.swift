// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import ServiceLifecycle
import Synchronization

/// Messages that the broker has, and whose outbox rows are still to be deleted: many at a time, and
/// while the next batch is already under way. Losing this costs nothing: the sweeper sends them
/// again, and the broker stores a message once per id.
final class SentMessages: Service {
    private struct State {
        var waiting: [OrderID: MessageID] = [:]
        var deleting: [OrderID: MessageID] = [:]
    }

    private let store: OrderStore
    private let logger: Logger
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Rows deleted by one statement.
    private static let batchCountMax = 4_096
    /// More are left to the sweeper.
    private static let waitingCountMax = 100_000

    init(store: OrderStore, logger: Logger) {
        self.store = store
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ candidates: [Candidate]) {
        state.withLock { state in
            guard state.waiting.count < Self.waitingCountMax else { return }
            for candidate in candidates { state.waiting[candidate.id] = candidate.message }
        }
        signal.yield()
    }

    /// Whether the broker is known to have the order's message.
    func contains(_ order: OrderID) -> Bool {
        state.withLock { $0.waiting[order] != nil || $0.deleting[order] != nil }
    }

    /// Deletes until cancelled or shut down.
    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await deleteAll() }
        await deleteAll()
    }

    private func deleteAll() async {
        while true {
            let messages = take()
            guard !messages.isEmpty else { return }
            do throws(PostgresError) {
                try await store.markSent(messages)
                state.withLock { $0.deleting = [:] }
            } catch {
                logger.warning("outbox not cleaned", metadata: .keyed([.error: "\(error)"]))
                // Tried again with the next batch.
                state.withLock { state in
                    state.waiting.merge(state.deleting) { kept, _ in kept }
                    state.deleting = [:]
                }
                return
            }
        }
    }

    private func take() -> [MessageID] {
        state.withLock { state in
            for (order, message) in state.waiting.prefix(Self.batchCountMax) {
                state.deleting[order] = message
                state.waiting[order] = nil
            }
            return Array(state.deleting.values)
        }
    }
}
