// SPDX-License-Identifier: MIT
import Idempotency
import Logging
import Orders
import PostgresStore
import ServiceLifecycle
import Synchronization
import Wire

/// Turns the requests that wait at the same time into one transaction and one publish: one batch is
/// under way, the next one gathers meanwhile. There is no timer: an idle mesh answers at once.
final class OrderGatherer: Service {
    struct Waiting: Sendable {
        let candidate: Candidate
        let continuation: CheckedContinuation<PlaceAnswer, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let processor: BatchProcessor
    private let batchCountMax: Int
    private let waitingCountMax: Int
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ processor: BatchProcessor, batchCountMax: Int, waitingCountMax: Int) {
        self.processor = processor
        self.batchCountMax = batchCountMax
        self.waitingCountMax = waitingCountMax
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Makes an order of `candidate`, or finds the one that its key stands for.
    func admit(_ candidate: Candidate) async -> PlaceAnswer {
        await withCheckedContinuation { continuation in
            let refusal: Refusal? = state.withLock { state in
                guard !state.isClosed else { return .away("A daemon that is draining") }
                guard state.waiting.count < waitingCountMax else {
                    return Refusal(
                        .overloaded, "Too many orders wait to be stored.",
                        retryAfter: .seconds(1))
                }
                state.waiting.append(Waiting(candidate: candidate, continuation: continuation))
                return nil
            }
            if let refusal { return continuation.resume(returning: .refused(refusal)) }
            signal.yield()
        }
    }

    /// Works until cancelled or shut down; what waits then is still done, what comes later refused.
    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            while let batch = takeBatch() { await processor.process(batch) }
        }
        state.withLock { $0.isClosed = true }
        while let batch = takeBatch() { await processor.process(batch) }
    }

    private func takeBatch() -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            let batch = Array(state.waiting.prefix(batchCountMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}
