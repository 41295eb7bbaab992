// SPDX-License-Identifier: MIT
import DequeModule
package import Orders
package import SegmentLog

/// All queues of a broker and the log they live in, as one pure machine: requests, the time and
/// what the disk did come in; batches for the disk, deliveries and answers go out.
///
/// A change is *prepared* when its record is appended: it is checked, counted against limits, and
/// seen by nobody. It takes effect in `committed`, once the batch that holds the record is durable.
package struct QueueEngine: ~Copyable {
    /// What reading the log found.
    package let recovery: LogRecovery.Outcome
    /// Where the log ended when it was read.
    package let logEnd: LogEnd
    /// Above the numbers in the names of all spares that the start found or made.
    package let spareIndexNext: UInt64
    package let limits: EngineLimits
    var queues: [MessageQueue]
    var numbers: [QueueName: QueueNumber] = [:]
    /// Who is served how much.
    var weights = TenantWeights()
    var audit = AuditTrail()
    var recent: RecentMessages
    var appender: LogAppender
    /// Queues with something new to deliver, since `takeNews`.
    var news = QueueNews()
    /// Set when no further segment could be made; publishes are refused before the last is used up.
    package var isDiskFull: Bool
    /// Of the newest record of all queues' state.
    private var stateByteCount = 0
    private var usage: SegmentUsage
    var snapshots: SnapshotSchedule
    /// Taken, but the log before it is not durable yet.
    private var draft: QueueSnapshot?
    private var effects: Deque<PendingEffect> = []
    private var spares: Deque<String> = []
    private var epoch: UInt32
    private var tokenCounter: UInt32 = 0
    private var epochChange: (batch: UInt64, epoch: UInt32)?
    private var committedBatch: UInt64
    private var committedSegment: SegmentNumber
    /// Records appended since the start.
    package private(set) var recordCount: UInt64 = 0

    struct PendingEffect {
        let batch: UInt64
        let effect: Effect
    }

    /// What takes effect with the record that announces it.
    enum Effect {
        case arrive(QueueNumber, SlotIndex, notBefore: MeshInstant)
        case acknowledge(QueueNumber, MessageSequence, SlotIndex)
        case move(QueueNumber, MessageSequence, SlotIndex, EnvelopePlace)
        indirect case fail(QueueNumber, MessageSequence, SlotIndex, SettlementOutcome)
        indirect case purge(QueueNumber, [SlotIndex], dead: Bool)
    }

    /// Reads the log in `storage` and continues it, in a segment of its own.
    ///
    /// - Parameter newLogID: drawn at random; used when there is no log yet.
    /// - Returns: the engine; its writer goes on behind `logEnd`. Nothing is delivered before the
    ///   first batch, which holds the new epoch, is durable.
    package static func recover(
        _ storage: any SegmentStorage, geometry: LogGeometry, limits: EngineLimits,
        newLogID: UInt64, now: MeshInstant
    ) throws(LogError) -> QueueEngine {
        var replay = JournalReplay(recentCountMax: limits.recentCountMax)
        let outcome = try LogRecovery.run(
            storage, geometry: geometry,
            restore: { record throws(LogError) in try replay.restore(record) },
            apply: { record throws(LogError) in try replay.apply(record) })
        try replay.discardSegments(before: outcome.segments.first)
        let end = outcome.end ?? .new(logID: newLogID)
        let continuation = try LogContinuation.find(
            behind: outcome, in: storage, geometry: geometry,
            byteCount: geometry.padded(replay.state.byteCount + Self.startOverhead))
        return QueueEngine(
            &replay, limits: limits,
            appender: LogAppender(after: end, tail: continuation.tail, geometry: geometry),
            end: end, recovery: outcome, continuation, now: now)
    }

    /// What a start writes beside the state, at most: headers, and the policies of queues.
    private static let startOverhead = 1024

    private init(
        _ replay: inout JournalReplay, limits: EngineLimits, appender: consuming LogAppender,
        end: LogEnd, recovery: LogRecovery.Outcome, _ continuation: LogContinuation,
        now: MeshInstant
    ) {
        self.limits = limits
        logEnd = end
        self.recovery = recovery
        recent = replay.recent
        weights = replay.weights
        weights.turnCount = limits.turnCount
        audit = replay.audit
        usage = replay.usage
        snapshots = SnapshotSchedule(
            newest: recovery.snapshot, byteCount: recovery.snapshotByteCount,
            oldest: usage.oldest ?? end.segment.next)
        // The clock's, so that a broker which begins with an empty or an older log does not give
        // out tokens that are less than those which orders remember.
        epoch = max(replay.epoch + 1, UInt32(clamping: now.milliseconds / 1000))
        queues = replay.finish(now: now)
        committedBatch = end.batchNumber
        committedSegment = end.segment
        self.appender = appender
        isDiskFull = continuation.isDiskFull
        spares = Deque(continuation.spares)
        spareIndexNext =
            (continuation.spares.compactMap(SegmentKeeper.index(ofSpare:)).max() ?? 0) + 1
        for queue in queues { numbers[queue.name] = queue.number }
        for queue in queues { news.insert(queue.number) }
        if continuation.tail == nil { roll(takingReserve: true) } else { writeState() }
    }

    /// Whether this start is on disk: before that, tokens could be given out a second time.
    var isEpochDurable: Bool { committedBatch > logEnd.batchNumber }

    package var queueCount: Int { queues.count }

    package func number(of name: QueueName) -> QueueNumber? { numbers[name] }

    // MARK: - The log

    private var lastBatch: UInt64 = 0

    /// Whether there is something for the writer.
    package var hasBatches: Bool { !appender.isEmpty }

    /// The segment being filled: of none after it is anything on disk.
    package var currentSegment: SegmentNumber { appender.segment }

    /// How many spare segments are at hand.
    package var spareCount: Int { spares.count }

    package mutating func addSpare(_ name: String) {
        spares.append(name)
        isDiskFull = false
    }

    /// All that was prepared, for the writer, in this order.
    package mutating func takeBatches() -> [LogBatch] { appender.takeBatches() }

    /// Takes back a batch that nobody reads any more.
    package mutating func recycle(_ batch: consuming LogBatch) { appender.recycle(batch) }

    /// Adds a record.
    ///
    /// - Returns: where it begins, the payload to fill, and the batch it is in.
    mutating func append(
        _ type: RecordType, payloadByteCount: Int
    ) -> (position: LogPosition, payload: RecordWriter, batch: UInt64) {
        if !appender.hasRoom(for: payloadByteCount) { roll() }
        let (position, payload) = appender.append(type, payloadByteCount: payloadByteCount)
        recordCount += 1
        lastBatch = appender.batchNumber
        return (position, RecordWriter(payload), lastBatch)
    }

    /// Goes on in a fresh segment, which begins with the state of all queues.
    ///
    /// - Parameter takingReserve: for starts and full disks; else the last spare is left, so that a
    ///   start finds it whatever happens.
    private mutating func roll(takingReserve: Bool = false) {
        let isFree = takingReserve || isDiskFull || spares.count > Self.reserveSpareCount
        appender.roll(spare: isFree ? spares.popFirst() : nil)
        usage.begin(upTo: appender.segment)
        takeDraft()
        writeState()
    }

    private mutating func writeState() {
        let state = JournalState(
            epoch: epochChange?.epoch ?? epoch, queues: queues, weights: weights, audit: audit)
        let (_, payload) = appender.append(Journal.state, payloadByteCount: state.byteCount)
        var writer = RecordWriter(payload)
        state.write(to: &writer)
        stateByteCount = state.byteCount
        lastBatch = appender.batchNumber
    }

    // MARK: - A full disk

    private static let reserveSpareCount = 1

    /// Whether publishes are refused so that what is there can still be settled: half a segment and a
    /// whole one are kept for that.
    var isKeepingReserve: Bool {
        guard isDiskFull else { return false }
        let byteCount = appender.geometry.segmentByteCount
        return appender.remaining + spares.count * byteCount
            < Self.reserveSpareCount * byteCount + byteCount / 2
    }

    /// Whether nothing is taken any more, settlements neither: what is left is for starts, and for
    /// purges that make room.
    package var isReserveSpent: Bool {
        isDiskFull && spares.isEmpty && appender.remaining < reserveFloor
    }

    /// A sixteenth of a segment, and never less than a few starts need.
    private var reserveFloor: Int {
        let geometry = appender.geometry
        let startByteCount = geometry.padded(stateByteCount + Self.startOverhead)
        return min(
            max(geometry.segmentByteCount / 16, 4 * startByteCount), geometry.segmentByteCount / 4)
    }

    // MARK: - Snapshots

    /// Copies the queues if a snapshot is due where the log stands.
    private mutating func takeDraft() {
        let segment = appender.segment
        guard
            snapshots.isDue(
                at: segment, segmentCount: limits.snapshotSegmentCount,
                segmentByteCount: appender.geometry.segmentByteCount)
        else { return }
        snapshots.begin(at: segment)
        draft = QueueSnapshot(
            before: segment, epoch: epoch, oldestSegment: usage.oldest ?? segment, queues: queues,
            weights: weights, audit: audit, effects: effects, recent: recent.entries,
            stragglersBefore: usage.sparseEnd(
                of: appender.geometry.segmentByteCount, limits: limits))
    }

    /// The snapshot to be written now that the first batch of its segment is durable.
    ///
    /// - Parameter batch: durable.
    package mutating func takeSnapshot(before batch: LogBatch) -> QueueSnapshot? {
        guard batch.start == 0, var snapshot = draft, snapshot.segment == batch.segment
        else { return nil }
        draft = nil
        snapshot.end = LogEnd(before: batch, logID: appender.logID)
        return snapshot
    }

    /// Takes the segments that hold nothing any more, oldest first. Those before a snapshot may go;
    /// when the disk is full, others too, once there is no snapshot that they follow.
    package mutating func takeUnusedSegments() -> [SegmentNumber] {
        let limit =
            isDiskFull && snapshots.isNone
            ? committedSegment : min(committedSegment, snapshots.newest ?? SegmentNumber(0))
        var unused: [SegmentNumber] = []
        while let segment = usage.popUnused(before: limit) { unused.append(segment) }
        return unused
    }

    /// Whether a full disk can be helped by removing the snapshot: segments that hold nothing are
    /// kept only because it needs them behind it.
    package var wantsSnapshotsRemoved: Bool {
        isDiskFull && snapshots.isRemovable && usage.hasUnused(before: committedSegment)
    }

    // MARK: - Effects

    mutating func prepare(_ effect: Effect, in batch: UInt64) {
        effects.append(PendingEffect(batch: batch, effect: effect))
    }

    mutating func retain(_ message: StoredMessage) { usage.retain(message) }

    /// `batch`, and all before it, are durable: what they announced takes effect.
    package mutating func committed(_ batch: UInt64, segment: SegmentNumber, now: MeshInstant) {
        if !isEpochDurable {
            for queue in queues { news.insert(queue.number) }
        }
        committedBatch = batch
        committedSegment = segment
        if let change = epochChange, change.batch <= batch {
            (epoch, tokenCounter, epochChange) = (change.epoch, 0, nil)
        }
        while let pending = effects.first, pending.batch <= batch {
            effects.removeFirst()
            take(pending.effect, now)
        }
    }

    private mutating func take(_ effect: Effect, _ now: MeshInstant) {
        switch effect {
        case .arrive(let queue, let slot, let notBefore):
            queues[Int(queue.rawValue)].arrive(slot, notBefore: notBefore, now: now)
            news.insert(queue)
        case .acknowledge(let queue, let sequence, let slot):
            settle(queue, sequence, slot, .acknowledged, now)
            // The next of its group has its turn now.
            if queues[Int(queue.rawValue)].readyCount > 0 { news.insert(queue) }
        case .move(let queue, let sequence, let slot, let place):
            move(queue, sequence, slot, place)
        case .fail(let queue, let sequence, let slot, let outcome):
            settle(queue, sequence, slot, outcome, now)
            news.insert(queue)
        case .purge(let queue, let slots, let dead):
            for slot in slots {
                let gone = queues[Int(queue.rawValue)].remove(slot, wasDead: dead)
                usage.release(gone)
            }
            news.insert(queue)
        }
    }

    private mutating func settle(
        _ queue: QueueNumber, _ sequence: MessageSequence, _ slot: SlotIndex,
        _ outcome: SettlementOutcome, _ now: MeshInstant
    ) {
        let gone = queues[Int(queue.rawValue)].settle(sequence, in: slot, outcome, now: now)
        if let gone { usage.release(gone) }
    }

    private mutating func move(
        _ queue: QueueNumber, _ sequence: MessageSequence, _ slot: SlotIndex,
        _ place: EnvelopePlace
    ) {
        let index = Int(queue.rawValue)
        guard queues[index].table.holds(sequence, in: slot) else { return }
        usage.release(queues[index].table[slot])
        queues[index].table[slot].place = place
        usage.retain(queues[index].table[slot])
    }

    // MARK: - Tokens

    mutating func makeToken() -> LeaseToken {
        tokenCounter += 1
        // Long before the counter ends, the next epoch is written; it begins once it is durable.
        if tokenCounter == 1 << 31, epochChange == nil {
            epochChange = (0, epoch + 1)
            roll()
            epochChange = (lastBatch, epoch + 1)
        }
        return LeaseToken(epoch: epoch, counter: tokenCounter)
    }
}
