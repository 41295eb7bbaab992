// SPDX-License-Identifier: MIT
import Bridge
import Orders
import Pipeline
import Saga
import Sessions
import Synchronization
import Wire

/// The queues of a stage whose steps come with invocations: what one brings is on offer until it is
/// settled, handed back, or out of time. Owner of its state: the mutex.
final class InvokedStepQueue: StepQueue {
    typealias Deliveries = AsyncThrowingStream<[StepDelivery], any Error>

    private let queues: InvokedQueues
    private let state = Mutex(State())

    init(_ queues: InvokedQueues) {
        self.queues = queues
    }

    fileprivate struct State {
        var lines: [StageQueue: Line] = [:]
        /// Leases in hand, by token.
        var open: [UInt64: Held] = [:]
        /// Of those that came to their end: whose carriers may be deleted.
        var over: Set<UInt64> = []
        /// Finished when nothing is open.
        var idle: AsyncStream<Void>.Continuation?
    }

    fileprivate struct Held {
        let delivery: StepDelivery
        let queue: StageQueue
    }

    fileprivate struct Line {
        var subscriber: Deliveries.Continuation?
        var room = 0
        /// Not handed to the stage yet.
        var waiting: [StepDelivery] = []
    }

    // MARK: - What an invocation does

    /// Has the stage work on `deliveries`; returns when all have come to an end, or after `patience`.
    /// What the stage has not begun by then is handed back.
    ///
    /// - Returns: the tokens of those whose carriers may be deleted.
    func work(
        on deliveries: [StepDelivery], of queue: StageQueue, patience: Duration
    ) async -> Set<UInt64> {
        let (idle, signal) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            state.over = []
            for delivery in deliveries {
                state.open[delivery.token] = Held(delivery: delivery, queue: queue)
            }
            state.idle = signal
            state.lines[queue, default: Line()].waiting += deliveries
            state.serve(queue)
            if state.open.isEmpty { signal.finish() }
        }
        if await !Self.ends(idle, within: patience) {
            await handBack(state.withLock { $0.takeWaiting(of: queue) }, in: queue)
        }
        return state.withLock { $0.over }
    }

    /// Waits until the stage is through with all that it was given; false when it is not in time.
    func isIdle(within patience: Duration) async -> Bool {
        let (idle, signal) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            state.idle = signal
            if state.open.isEmpty { signal.finish() }
        }
        return await Self.ends(idle, within: patience)
    }

    private static func ends(_ stream: AsyncStream<Void>, within patience: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in stream {}
                return !Task.isCancelled
            }
            group.addTask {
                // Cancelled: the other one was first.
                do { try await Task.sleep(for: patience) } catch {}
                return false
            }
            let isFirst = await group.next() ?? false
            group.cancelAll()
            return isFirst
        }
    }

    private func handBack(_ deliveries: [StepDelivery], in queue: StageQueue) async {
        guard !deliveries.isEmpty else { return }
        // Whatever the answers: a lease that is not handed back ends by itself.
        _ = await settle(
            deliveries.map { StepSettlement($0, StepOutcome(.release)) }, in: queue)
        close(deliveries)
    }

    private func close(_ deliveries: [StepDelivery]) {
        state.withLock { state in
            for delivery in deliveries { state.close(delivery.token, isOver: false) }
        }
    }
}

// MARK: - What a stage does

extension InvokedStepQueue {
    func deliveries(from queue: StageQueue, credit: Int) async throws -> Deliveries {
        let (stream, continuation) = Deliveries.makeStream()
        state.withLock { state in
            state.lines[queue, default: Line()].subscriber = continuation
            state.lines[queue]?.room = credit
            state.serve(queue)
        }
        return stream
    }

    /// What the stage has left goes back: whether it was given it or not, it will not begin it now.
    func stop(_ queue: StageQueue) async {
        let (left, subscriber) = state.withLock { state in
            defer { state.lines[queue] = nil }
            return (state.unsettled(of: queue), state.lines[queue]?.subscriber)
        }
        subscriber?.finish()
        await handBack(left, in: queue)
    }

    func settle(
        _ settlements: [StepSettlement], in queue: StageQueue
    ) async -> [SettleAnswer] {
        let ends = await queues.settle(settlements.map(Settlement.init), in: queue.rawValue)
        let answers = ends.map { SettleAnswer($0.result) }
        state.withLock { state in
            for (settlement, (end, answer)) in zip(settlements, zip(ends, answers)) {
                switch answer {
                case .settled, .stale: state.close(settlement.delivery.token, isOver: end.isOver)
                case .refused, .unreachable, .ambiguous: break
                }
            }
        }
        return answers
    }

    func done(with deliveries: [StepDelivery], in queue: StageQueue) async {
        state.withLock { state in
            for delivery in deliveries { state.close(delivery.token, isOver: false) }
            state.lines[queue]?.room += deliveries.count
            state.serve(queue)
        }
    }

    func extend(_ deliveries: [StepDelivery], by duration: Duration, in queue: StageQueue) async {
        await withDiscardingTaskGroup { group in
            for delivery in deliveries {
                group.addTask { [queues] in
                    // A lease that cannot be prolonged shows when it is settled: as stale.
                    do {
                        try await queues.extend(
                            sequence: delivery.sequence, token: delivery.token, by: duration,
                            in: queue.rawValue)
                    } catch {}
                }
            }
        }
    }

    func hasSeen(_ ids: [MessageID], in queue: StageQueue) async -> [Bool]? {
        do {
            return try await queues.standings(of: ids, in: queue.rawValue)
                .map { $0 != .neverSeen }
        } catch {
            // Nobody can tell just now, whatever the reason: the step comes again.
            return nil
        }
    }
}

extension InvokedStepQueue.State {
    /// Gives the stage what it has room for.
    mutating func serve(_ queue: StageQueue) {
        guard let line = lines[queue], let subscriber = line.subscriber else { return }
        let batch = Array(line.waiting.prefix(max(line.room, 0)))
        guard !batch.isEmpty else { return }
        lines[queue]?.waiting.removeFirst(batch.count)
        lines[queue]?.room -= batch.count
        subscriber.yield(batch)
    }

    mutating func close(_ token: UInt64, isOver: Bool) {
        guard open.removeValue(forKey: token) != nil else { return }
        if isOver { over.insert(token) }
        if open.isEmpty { idle?.finish() }
    }

    func unsettled(of queue: StageQueue) -> [StepDelivery] {
        open.values.filter { $0.queue == queue }.map(\.delivery)
    }

    mutating func takeWaiting(of queue: StageQueue) -> [StepDelivery] {
        defer { lines[queue]?.waiting = [] }
        return lines[queue]?.waiting ?? []
    }
}
