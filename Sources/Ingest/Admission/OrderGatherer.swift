// SPDX-License-Identifier: MIT
import Idempotency
import Logging
import NIOCore
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
        /// Until when it waits for the first request of its key, if another process has that.
        let patience: MeshInstant
        /// When its sender stops to wait for the answer.
        let deadline: NIODeadline
        let continuation: CheckedContinuation<PlaceAnswer, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Those whose key is claimed elsewhere, until the next look.
        var putOff: [Waiting] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let processor: BatchProcessor
    private let batchCountMax: Int
    private let waitingCountMax: Int
    private let first = Lane()
    private let second = Lane()
    private let putOffs = Lane()

    /// One batch after the other; woken when there may be one.
    private struct Lane {
        let signals: AsyncStream<Void>
        let signal: AsyncStream<Void>.Continuation

        init() {
            (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }
    }

    /// Between two looks at keys that are claimed elsewhere; a hand-over takes some milliseconds.
    private static let lookInterval: Duration = .milliseconds(25)

    init(_ processor: BatchProcessor, batchCountMax: Int, waitingCountMax: Int) {
        self.processor = processor
        self.batchCountMax = batchCountMax
        self.waitingCountMax = waitingCountMax
    }

    /// Makes an order of `candidate`, or finds the one that its key stands for.
    ///
    /// - Parameters:
    ///   - patience: until then the first request of the key may be under way elsewhere.
    ///   - deadline: when its turn comes later, it is refused and nothing is stored.
    func admit(
        _ candidate: Candidate, patience: MeshInstant, until deadline: NIODeadline
    ) async -> PlaceAnswer {
        await withCheckedContinuation { continuation in
            let waiting = Waiting(
                candidate: candidate, patience: patience, deadline: deadline,
                continuation: continuation)
            switch state.withLock({ add(waiting, to: &$0) }) {
            case .success(let count): wake(for: count)
            case .failure(let refusal): continuation.resume(returning: .refused(refusal))
            }
        }
    }

    private func add(_ waiting: Waiting, to state: inout State) -> Result<Int, Refusal> {
        guard !state.isClosed else { return .failure(.away("A daemon that is draining")) }
        guard state.waiting.count + state.putOff.count < waitingCountMax else {
            return .failure(.tooManyWaiting)
        }
        state.waiting.append(waiting)
        return .success(state.waiting.count)
    }

    /// Works until cancelled or shut down; what waits then is still done, what comes later refused.
    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.lookAgain() }
            async let beside: Void = work(second, leastCount: batchCountMax)
            await work(first, leastCount: 1)
            await beside
            group.cancelAll()
        }
        state.withLock { $0.isClosed = true }
        while let batch = takeBatch(leastCount: 1) { putOff(await processor.process(batch)) }
        // Another daemon has their answer soon.
        for waiting in takePutOff() {
            waiting.continuation.resume(returning: .refused(.keyInProgress))
        }
    }

    private func wake(for count: Int) {
        first.signal.yield()
        if count >= batchCountMax { second.signal.yield() }
    }

    /// Lets those who were put off try again, for as long as there are such.
    private func lookAgain() async {
        for await _ in putOffs.signals {
            // A pause that ends early ends the looking as well.
            guard (try? await Task.sleep(for: Self.lookInterval)) != nil else { return }
            let again = takePutOff()
            let count = state.withLock { state in
                state.waiting += again
                return state.waiting.count
            }
            wake(for: count)
        }
    }

    private func putOff(_ unsettled: [Waiting]) {
        guard !unsettled.isEmpty else { return }
        state.withLock { $0.putOff += unsettled }
        putOffs.signal.yield()
    }

    private func takePutOff() -> [Waiting] {
        state.withLock { state in
            defer { state.putOff = [] }
            return state.putOff
        }
    }

    private func work(_ lane: Lane, leastCount: Int) async {
        for await _ in lane.signals.cancelOnGracefulShutdown() {
            while let batch = takeBatch(leastCount: leastCount) {
                putOff(await processor.process(batch))
            }
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
