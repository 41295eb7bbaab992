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
///
/// When a whole batch waits, a second one goes along: the database works on one while the broker has
/// the other. A part of a batch never does: two halves cost more than one whole.
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
    private let first = Lane()
    private let second = Lane()

    /// One batch after the other; woken when there may be one.
    private struct Lane {
        let signals: AsyncStream<Void>
        let signal: AsyncStream<Void>.Continuation

        init() {
            (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }
    }

    init(_ processor: BatchProcessor, batchCountMax: Int, waitingCountMax: Int) {
        self.processor = processor
        self.batchCountMax = batchCountMax
        self.waitingCountMax = waitingCountMax
    }

    /// Makes an order of `candidate`, or finds the one that its key stands for.
    func admit(_ candidate: Candidate) async -> PlaceAnswer {
        await withCheckedContinuation { continuation in
            let waiting = Waiting(candidate: candidate, continuation: continuation)
            switch state.withLock({ add(waiting, to: &$0) }) {
            case .success(let count):
                first.signal.yield()
                if count >= batchCountMax { second.signal.yield() }
            case .failure(let refusal): continuation.resume(returning: .refused(refusal))
            }
        }
    }

    private func add(_ waiting: Waiting, to state: inout State) -> Result<Int, Refusal> {
        guard !state.isClosed else { return .failure(.away("A daemon that is draining")) }
        guard state.waiting.count < waitingCountMax else { return .failure(.tooManyWaiting) }
        state.waiting.append(waiting)
        return .success(state.waiting.count)
    }

    /// Works until cancelled or shut down; what waits then is still done, what comes later refused.
    func run() async throws {
        async let beside: Void = work(second, leastCount: batchCountMax)
        await work(first, leastCount: 1)
        await beside
        state.withLock { $0.isClosed = true }
        while let batch = takeBatch(leastCount: 1) { await processor.process(batch) }
    }

    private func work(_ lane: Lane, leastCount: Int) async {
        for await _ in lane.signals.cancelOnGracefulShutdown() {
            while let batch = takeBatch(leastCount: leastCount) { await processor.process(batch) }
        }
    }

    private func takeBatch(leastCount: Int) -> [Waiting]? {
        state.withLock { state in
            guard state.waiting.count >= leastCount else { return nil }
            let batch = Array(state.waiting.prefix(batchCountMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}
