// SPDX-License-Identifier: MIT
package import Orders
package import Pipeline
package import Saga

/// All queues of the mesh in memory, for tests of stages: leases, attempts, dead letters, and faults
/// on demand. Keeps what the broker promises; times and sizes are left out.
package actor MemoryStepQueue: StepQueue {
    package typealias Deliveries = AsyncThrowingStream<[StepDelivery], any Error>

    /// What goes wrong with a settlement.
    package enum Fault: Sendable {
        /// Nothing is applied; the queue says so.
        case refused
        /// Nothing is applied and the lease is over, as when a process dies before settling.
        case lost
        /// Applied, but nobody hears of it.
        case ambiguousApplied
        /// Not applied, and nobody hears of it.
        case ambiguousLost
    }

    private struct Held {
        let message: StepSettlement.Output
        var attempt: UInt32 = 1
        var token: UInt64?
    }

    private struct Line {
        var held: [UInt64: Held] = [:]
        var dead: [(message: StepSettlement.Output, reason: String)] = []
        var seen: Set<MessageID> = []
        var subscriber: Deliveries.Continuation?
        var isFull = false
    }

    private let attemptsMax: UInt32
    private var lines: [StageQueue: Line] = [:]
    private var faults: [Fault] = []
    private var lastSequence: UInt64 = 0
    private var lastToken: UInt64 = 0
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    private var emptyWaiters: [CheckedContinuation<Void, Never>] = []
    private var consumerWaiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
    /// How often a lease was handed back.
    package private(set) var releaseCount = 0

    package init(attemptsMax: UInt32 = 4) {
        self.attemptsMax = attemptsMax
        for queue in StageQueue.allCases { lines[queue] = Line() }
    }
}

// MARK: - What a test does

extension MemoryStepQueue {
    /// Publishes as a client would.
    package func publish(
        _ message: StepMessage, id: MessageID? = nil, tenant: String = "acme",
        trace: TraceID = TraceID(UniqueID(high: 1, low: 1))
    ) {
        let id = id ?? OutputID.derive(from: MessageID(message.order.value), output: message)
        let input = StepDelivery(
            sequence: 0, token: 0, attempt: 1, attemptsMax: attemptsMax, lease: .seconds(30),
            id: id, trace: trace, tenant: tenant, body: [])
        for output in StepSettlement(input, .done(sending: [message])).outputs {
            store(output, in: output.queue)
            deliver(output.queue)
        }
    }

    /// Publishes bytes that are no step.
    package func publish(rawBody: [UInt8], to queue: StageQueue) {
        let none = UniqueID(high: 1, low: 1)
        store(
            StepSettlement.Output(
                queue: queue, id: MessageID(none), order: OrderID(none), trace: TraceID(none),
                tenant: "acme", isNeverRefused: false, body: rawBody), in: queue)
        deliver(queue)
    }

    package func deadCount(of queue: StageQueue) -> Int { lines[queue]?.dead.count ?? 0 }

    /// Returns when `queue` holds no message.
    package func emptied(_ queue: StageQueue) async {
        while lines[queue]?.held.isEmpty == false {
            await withCheckedContinuation { emptyWaiters.append($0) }
        }
    }

    /// The next settlements go wrong like this, one each.
    package func fail(_ faults: [Fault]) {
        self.faults += faults
    }

    /// Refuses what is published to `queue` with a settlement, what is never refused excepted.
    package func setFull(_ queue: StageQueue, _ isFull: Bool) {
        lines[queue]?.isFull = isFull
    }

    /// The messages that lie in `queue`, oldest first.
    package func messages(in queue: StageQueue) -> [StepMessage] {
        (lines[queue]?.held ?? [:]).sorted { $0.key < $1.key }
            .compactMap { try? StepMessage(decoding: $0.value.message.body) }
    }

    package func deadLetters(of queue: StageQueue) -> [(message: StepMessage, reason: String)] {
        (lines[queue]?.dead ?? []).compactMap { dead in
            (try? StepMessage(decoding: dead.message.body)).map { ($0, dead.reason) }
        }
    }

    /// Puts the dead letters of `queue` back in line.
    ///
    /// - Parameter copies: how often each is handed out, as when a settlement was lost.
    package func redrive(_ queue: StageQueue, copies: Int = 1) {
        let dead = lines[queue]?.dead ?? []
        lines[queue]?.dead = []
        for letter in dead.flatMap({ Array(repeating: $0, count: copies) }) {
            lastSequence += 1
            lines[queue]?.held[lastSequence] = Held(message: letter.message)
        }
        deliver(queue)
    }

    /// Returns when no queue with a consumer holds a message.
    package func idle() async {
        if isIdle { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    /// Returns when `count` queues have a consumer.
    package func consumed(by count: Int) async {
        if consumerCount >= count { return }
        await withCheckedContinuation { consumerWaiters.append((count, $0)) }
    }

    private var consumerCount: Int { lines.values.count { $0.subscriber != nil } }

    private var isIdle: Bool {
        lines.values.allSatisfy { $0.subscriber == nil || $0.held.isEmpty }
    }
}

// MARK: - What a stage sees

extension MemoryStepQueue {
    package func deliveries(from queue: StageQueue, credit: Int) async throws -> Deliveries {
        let (stream, continuation) = Deliveries.makeStream()
        lines[queue]?.subscriber = continuation
        deliver(queue)
        for waiter in consumerWaiters where waiter.count <= consumerCount { waiter.1.resume() }
        consumerWaiters.removeAll { $0.count <= consumerCount }
        return stream
    }

    package func stop(_ queue: StageQueue) async {
        lines[queue]?.subscriber?.finish()
        lines[queue]?.subscriber = nil
        for sequence in (lines[queue]?.held ?? [:]).keys {
            lines[queue]?.held[sequence]?.token = nil
        }
        wakeWhenIdle()
    }

    package func settle(
        _ settlements: [StepSettlement], in queue: StageQueue
    ) async -> [SettleAnswer] {
        let answers = settlements.map { settle($0, in: queue) }
        for queue in StageQueue.allCases { deliver(queue) }
        wakeWhenIdle()
        return answers
    }

    package func extend(
        _ deliveries: [StepDelivery], by duration: Duration, in queue: StageQueue
    ) async {}

    package func done(with deliveries: [StepDelivery], in queue: StageQueue) async {}

    package func hasSeen(_ ids: [MessageID], in queue: StageQueue) async -> [Bool]? {
        ids.map { lines[queue]?.seen.contains($0) ?? false }
    }
}

// MARK: - Inside

extension MemoryStepQueue {
    private func settle(_ settlement: StepSettlement, in queue: StageQueue) -> SettleAnswer {
        let delivery = settlement.delivery
        guard let held = lines[queue]?.held[delivery.sequence], held.token == delivery.token
        else { return .stale }
        switch faults.isEmpty ? nil : faults.removeFirst() {
        case .refused: return .refused(reason: "refused on demand", retryAfter: nil)
        case .lost:
            failAttempt(delivery.sequence, held, "the lease expired", in: queue)
            return .stale
        case .ambiguousLost: return .ambiguous(reason: "cut on demand")
        case .ambiguousApplied:
            apply(settlement, held, in: queue)
            return .ambiguous(reason: "cut on demand")
        case nil: break
        }
        if let full = settlement.outputs.first(where: { isFull($0) }) {
            return .refused(reason: "queue \(full.queue.rawValue) is full", retryAfter: .zero)
        }
        apply(settlement, held, in: queue)
        return .settled
    }

    private func isFull(_ output: StepSettlement.Output) -> Bool {
        !output.isNeverRefused && lines[output.queue]?.isFull == true
    }

    private func apply(_ settlement: StepSettlement, _ held: Held, in queue: StageQueue) {
        let sequence = settlement.delivery.sequence
        switch settlement.verdict {
        case .acknowledge: lines[queue]?.held[sequence] = nil
        case .release:
            releaseCount += 1
            lines[queue]?.held[sequence]?.token = nil
        case .dead(let reason):
            lines[queue]?.held[sequence] = nil
            lines[queue]?.dead.append((held.message, reason))
        case .retry(let reason, _): failAttempt(sequence, held, reason, in: queue)
        }
        for output in settlement.outputs { store(output, in: output.queue) }
    }

    private func failAttempt(
        _ sequence: UInt64, _ held: Held, _ reason: String, in queue: StageQueue
    ) {
        lines[queue]?.held[sequence] = nil
        guard held.attempt < attemptsMax else {
            lines[queue]?.dead.append((held.message, reason))
            return
        }
        lines[queue]?.held[sequence] = Held(message: held.message, attempt: held.attempt + 1)
    }

    private func store(_ message: StepSettlement.Output, in queue: StageQueue) {
        guard lines[queue]?.seen.insert(message.id).inserted == true else { return }
        lastSequence += 1
        lines[queue]?.held[lastSequence] = Held(message: message)
    }

    private func deliver(_ queue: StageQueue) {
        guard let line = lines[queue], let subscriber = line.subscriber else { return }
        var batch: [StepDelivery] = []
        for (sequence, held) in line.held.sorted(by: { $0.key < $1.key }) where held.token == nil {
            lastToken += 1
            lines[queue]?.held[sequence]?.token = lastToken
            batch.append(
                StepDelivery(
                    sequence: sequence, token: lastToken, attempt: held.attempt,
                    attemptsMax: attemptsMax, lease: .seconds(30), id: held.message.id,
                    trace: held.message.trace, tenant: held.message.tenant,
                    body: held.message.body))
        }
        if !batch.isEmpty { subscriber.yield(batch) }
    }

    private func wakeWhenIdle() {
        if lines.values.contains(where: \.held.isEmpty) {
            for waiter in emptyWaiters { waiter.resume() }
            emptyWaiters = []
        }
        guard isIdle else { return }
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
    }
}
