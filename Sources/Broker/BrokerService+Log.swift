// SPDX-License-Identifier: MIT
import Daemon
import Logging
import NIOCore
import Orders
import QueueState
import SegmentLog
import Sessions
import Wire

extension BrokerService {
    /// One to go on with at once, one being made in the meantime, and one for a disk that is full.
    private static let spareCountWanted = 3
    /// Segments become free in a lot when a snapshot is durable: so many more are kept than made.
    private var spareCountMax: Int {
        Self.spareCountWanted + engine.limits.snapshotSegmentCount
    }
    /// How long after the disk was found full it is tried again, unless a segment becomes free.
    private static let fullDiskRetry = TimeAmount.seconds(2)

    /// Gives `answer` once everything prepared so far is durable; at once if it is.
    func answer(_ answer: some WireMessage, to frame: InboundFrame, _ peer: BrokerSession) {
        guard engine.hasBatches || isWriting else {
            return peer.session.reply(answer, to: frame.correlation, trace: frame.trace)
        }
        peer.session.withhold(
            answer, to: frame.correlation, trace: frame.trace, untilCurrent: !engine.hasBatches)
        guard !peer.isAwaiting else { return }
        peer.isAwaiting = true
        awaiting.append(peer)
    }

    /// Writes all that was prepared, unless a write is under way: at once if that takes no time, or
    /// on the writer's thread.
    func startWriting() {
        guard !isWriting, engine.hasBatches else { return }
        let batches = takeBatches()
        let start = clock.now()
        guard inlineWriting.suits(batches, at: start) else { return handOver(batches) }
        let result = disk.writeHere(batches)
        inlineWriting.waited(from: start, to: clock.now())
        written(result)
    }

    private func takeBatches() -> [LogBatch] {
        isWriting = true
        for peer in awaiting { peer.session.writeBegan() }
        return engine.takeBatches()
    }

    private func handOver(_ batches: [LogBatch]) {
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.write(batches) { service.value.written($0) }
    }

    private func written(_ result: Result<[LogBatch], LogError>) {
        isWriting = false
        switch result {
        case .failure(let error): fail(error)
        case .success(let batches): durable(batches)
        }
    }

    /// What the batches announced takes effect; the next ones go to the disk before anybody is told.
    private func durable(_ batches: [LogBatch]) {
        guard let last = batches.last else { return }
        let now = clock.now()
        // Before a batch can be used again for another.
        for batch in batches {
            if let snapshot = engine.takeSnapshot(before: batch) { write(snapshot) }
        }
        for batch in batches { memory.append(batch) { engine.recycle($0) } }
        fsyncCount += UInt64(batches.count)
        durableEnd = LogPosition(segment: last.segment, offset: UInt32(last.end))
        engine.committed(last.number, segment: last.segment, now: now)
        for peer in awaiting { peer.session.writeEnded() }
        if engine.hasBatches { handOver(takeBatches()) }
        for peer in awaiting {
            peer.session.releaseWithheld()
            peer.isAwaiting = peer.session.isWithholding
        }
        awaiting.removeAll { !$0.isAwaiting }
        turn()
        keepSegments()
    }

    // MARK: - Segments

    /// Frees segments that hold nothing, and sees that there are spare ones.
    func keepSegments() {
        for segment in engine.takeUnusedSegments() {
            recycle(segment, asSpare: engine.spareCount + pendingSpareCount < spareCountMax)
        }
        if engine.spareCount + pendingSpareCount < Self.spareCountWanted, !engine.isDiskFull {
            makeSpare()
        }
        if engine.wantsSnapshotsRemoved { removeSnapshots() }
        continueRewriting()
    }

    private func recycle(_ segment: SegmentNumber, asSpare isWanted: Bool) {
        let index = isWanted ? takeSpareIndex() : nil
        if isWanted { pendingSpareCount += 1 }
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.recycle(segment, asSpare: index) { result in
            if isWanted { service.value.pendingSpareCount -= 1 }
            switch result {
            case .success(let spare):
                if let spare { service.value.engine.addSpare(spare) }
                service.value.engine.isDiskFull = false
                // What waited for room, leases that are to end among it.
                service.value.scheduleTurn()
            case .failure(let error): service.value.fail(LogError(error))
            }
        }
    }

    func makeSpare() {
        pendingSpareCount += 1
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.makeSpare(takeSpareIndex()) { service.value.spareMade($0) }
    }

    private func spareMade(_ result: Result<String, StorageError>) {
        pendingSpareCount -= 1
        switch result {
        case .success(let spare):
            engine.addSpare(spare)
            scheduleTurn()
            keepSegments()
        case .failure(let error) where error.isOutOfSpace:
            if !engine.isDiskFull {
                log.error("disk full", metadata: .keyed([.error: "\(error)"]))
            }
            engine.isDiskFull = true
            eventLoop.assumeIsolated().scheduleTask(in: Self.fullDiskRetry) {
                if self.engine.isDiskFull, self.pendingSpareCount == 0 { self.makeSpare() }
            }
        case .failure(let error): fail(LogError(error))
        }
    }

    private func takeSpareIndex() -> UInt64 {
        defer { nextSpare += 1 }
        return nextSpare
    }

    // MARK: - Reading back

    /// Reads the stretch of the log at `position`, then goes on delivering from `queue`.
    func fetch(_ position: LogPosition, for queue: QueueNumber) {
        guard reading.insert(queue).inserted else { return }
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.read([position], byteCount: BodyMemory.excerptByteCount, limit: readLimit) { result in
            service.value.fetched(result, for: queue)
        }
    }

    /// How far a segment may be read: nothing is where the writer is.
    var readLimit: @Sendable (LogPosition) -> Int {
        let end = durableEnd
        return { $0.segment == end.segment ? Int(end.offset) : .max / 2 }
    }

    private func fetched(_ result: Result<[LogExcerpt], LogError>, for queue: QueueNumber) {
        reading.remove(queue)
        switch result {
        case .success(let excerpts):
            for excerpt in excerpts { memory.append(excerpt) }
            deliver(from: queue, clock.now())
        case .failure(let error): fail(error)
        }
    }
}
