// SPDX-License-Identifier: MIT
import Synchronization

/// Deliveries between the subscription and the workers: many small arrivals become few batches.
///
/// Bounded by the credit given to the queue. Owner of its state: the mutex.
final class DeliveryBuffer: Sendable {
    fileprivate struct State {
        var pending: [StepDelivery] = []
        var waiting: [CheckedContinuation<[StepDelivery]?, Never>] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let batchCountMax: Int

    init(batchCountMax: Int) {
        self.batchCountMax = batchCountMax
    }

    /// Adds what arrived; kept for `leftovers` when the buffer is closed.
    func add(_ deliveries: [StepDelivery]) {
        let served = state.withLock { state in
            state.pending += deliveries
            return state.isClosed ? [] : state.serve(batchCountMax)
        }
        for (waiter, batch) in served { waiter.resume(returning: batch) }
    }

    /// The next batch, at least one delivery; waits for it. Nil once the buffer is closed.
    func next() async -> [StepDelivery]? {
        await withCheckedContinuation { continuation in
            let served = state.withLock { state in
                if state.isClosed { return [(continuation, [StepDelivery]?.none)] }
                state.waiting.append(continuation)
                return state.serve(batchCountMax)
            }
            for (waiter, batch) in served { waiter.resume(returning: batch) }
        }
    }

    /// Waits for `pause` when `batch` has room for more, and adds what came meanwhile.
    func fill(_ batch: [StepDelivery], after pause: Duration) async -> [StepDelivery] {
        guard pause > .zero, batch.count < batchCountMax else { return batch }
        // Cancelled means asked to stop: what is in hand is done at once.
        do { try await Task.sleep(for: pause) } catch { return batch }
        return batch + state.withLock { $0.take(batchCountMax - batch.count) }
    }

    /// Gives out no more batches; what has not begun stays for `leftovers`.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume(returning: nil) }
    }

    /// Takes what no worker has begun.
    func leftovers() -> [StepDelivery] {
        state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
    }
}

extension DeliveryBuffer.State {
    typealias Waiter = CheckedContinuation<[StepDelivery]?, Never>

    /// Nothing once it is closed.
    fileprivate mutating func take(_ countMax: Int) -> [StepDelivery] {
        guard !isClosed else { return [] }
        let taken = Array(pending.prefix(countMax))
        pending.removeFirst(taken.count)
        return taken
    }

    fileprivate mutating func serve(_ countMax: Int) -> [(Waiter, [StepDelivery]?)] {
        var served: [(Waiter, [StepDelivery]?)] = []
        while !pending.isEmpty, !waiting.isEmpty {
            let batch = Array(pending.prefix(countMax))
            pending.removeFirst(batch.count)
            served.append((waiting.removeFirst(), batch))
        }
        return served
    }
}
