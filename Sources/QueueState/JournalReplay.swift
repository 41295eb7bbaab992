// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// Rebuilds the queues from the log, record by record.
struct JournalReplay {
    var queues: [MessageQueue] = []
    var epoch: UInt32 = 0
    var recent: RecentMessages
    var usage = SegmentUsage()
    var weights = TenantWeights()
    var audit = AuditTrail()
    /// Of messages not to be delivered at once.
    var dues: [SequenceTable<MeshInstant>] = []
    var hasState = false
    /// The oldest segment that a snapshot's messages are in.
    var oldestSegment: SegmentNumber?
    /// Where a snapshot's messages are.
    var restored: [SlotRuns] = []
    var lastRestored: [MessageSequence] = []
    /// Where the others are.
    var slots: [SequenceTable<SlotIndex>] = []
    /// Where each queue stood at the beginning of the oldest segment kept: messages before that,
    /// if they are not there, were settled, and their segments removed.
    var bases: [MessageSequence] = []

    /// A record that cannot follow those before it.
    enum Fault: Error {
        case truncated
        case impossible(String)

        func message(_ type: RecordType) -> String {
            switch self {
            case .truncated: "a record of type \(type.rawValue) ends too early"
            case .impossible(let reason): reason
            }
        }
    }

    init(recentCountMax: Int) {
        recent = RecentMessages(countMax: recentCountMax)
    }

    /// What all records so far come to.
    var state: JournalState {
        JournalState(epoch: epoch, queues: queues, weights: weights, audit: audit)
    }

    mutating func apply(_ record: LogRecord) throws(LogError) {
        do {
            try applyChecked(record)
        } catch {
            throw LogError(
                .inconsistent, file: record.position.segment.fileName,
                offset: Int(record.position.offset), error.message(record.type))
        }
    }

    /// Forgets segments that were removed since the snapshot was taken: nothing may be in them.
    mutating func discardSegments(before first: SegmentNumber?) throws(LogError) {
        guard let first, let missing = usage.removeAll(before: first) else { return }
        throw LogError(
            .missingSegment, file: missing.fileName, offset: 0,
            "the segment is missing, though messages are in it")
    }

    /// The queues as they stand after the last record, ready to deliver.
    mutating func finish(now: MeshInstant) -> [MessageQueue] {
        for index in queues.indices {
            for slot in queues[index].table.slotsBySequence() {
                let message = queues[index].table[slot]
                guard message.phase != .dead else { continue }
                let due = dues[index][MessageSequence(message.sequence)]
                queues[index].arrive(slot, notBefore: due ?? .epoch, now: now)
            }
        }
        defer { queues = [] }
        return queues
    }

    // MARK: - Records

    private mutating func applyChecked(_ record: LogRecord) throws(Fault) {
        var reader = RecordReader(record.payload)
        do {
            switch record.type {
            case Journal.state: try applyState(&reader, record)
            case Journal.declare: try applyDeclare(&reader)
            case Journal.publish: try applyPublish(&reader, record)
            case Journal.settle: try applySettle(&reader, record)
            case Journal.redrive: try applyRedrive(&reader)
            case Journal.pause: try applyPause(&reader)
            case Journal.purge: try applyPurge(&reader)
            case Journal.weights: try applyWeights(&reader)
            case Journal.move: try applyMove(&reader, record)
            default: throw Fault.impossible("record type \(record.type.rawValue) is not known")
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw .truncated
        }
    }

    private mutating func applyState(_ reader: inout RecordReader, _ record: LogRecord) throws {
        let state = try JournalState(from: &reader)
        if hasState {
            var expected = self.state
            expected.epoch = state.epoch
            guard state == expected else {
                throw Fault.impossible("the state differs from what the records before make it")
            }
        } else {
            for queue in state.queues { add(queue, base: queue.nextSequence) }
            (weights, audit) = (state.weights, state.audit)
            hasState = true
        }
        guard state.epoch >= epoch else { throw Fault.impossible("the epoch went back") }
        epoch = state.epoch
        usage.begin(upTo: record.position.segment)
    }

    mutating func add(_ queue: JournalState.Queue, base: MessageSequence) {
        var added = MessageQueue(
            number: QueueNumber(UInt16(queues.count)), name: queue.name, policy: queue.policy)
        added.isPaused = queue.isPaused
        added.nextSequence = queue.nextSequence
        added.publishedTotal = queue.publishedTotal
        added.settledTotal = queue.settledTotal
        queues.append(added)
        slots.append(SequenceTable())
        restored.append(SlotRuns())
        lastRestored.append(MessageSequence(0))
        dues.append(SequenceTable())
        bases.append(base)
    }

    /// Where a message is; nil when it is not there.
    func slot(of sequence: MessageSequence, in index: Int) -> SlotIndex? {
        if let slot = slots[index][sequence] { return slot }
        guard let slot = restored[index].slot(of: sequence) else { return nil }
        return queues[index].table.holds(sequence, in: slot) ? slot : nil
    }

    private mutating func applyPublish(_ reader: inout RecordReader, _ record: LogRecord) throws {
        let published = MeshInstant(nanoseconds: try reader.read())
        try applyMessages(&reader, record, published: published)
    }

    private mutating func applyMessages(
        _ reader: inout RecordReader, _ record: LogRecord, published: MeshInstant
    ) throws {
        for _ in 0..<(try reader.read(UInt16.self)) {
            let message = try JournalMessage(from: &reader)
            let index = Int(message.queue.rawValue)
            guard index < queues.count, message.sequence == queues[index].nextSequence else {
                throw Fault.impossible("message \(message.sequence.rawValue) is out of order")
            }
            queues[index].nextSequence = MessageSequence(message.sequence.rawValue + 1)
            let stored = StoredMessage(
                message, record.position,
                envelopeDelta: LogRecord.payloadOffset + message.envelopeOffset,
                published: published)
            let slot = queues[index].insert(stored)
            note(slot, of: message.sequence, in: index)
            if message.notBefore > published { dues[index][message.sequence] = message.notBefore }
            remember(message, in: slot)
            usage.retain(stored)
        }
    }

    mutating func note(_ slot: SlotIndex, of sequence: MessageSequence, in index: Int) {
        slots[index][sequence] = slot
    }

    mutating func remember(_ message: JournalMessage, in slot: SlotIndex) {
        guard recent.find(message.id, in: message.queue) == nil else { return }
        recent.insert(
            .init(id: message.id, sequence: message.sequence, slot: slot, queue: message.queue))
    }

    /// Whether a message that is not there may have been, in segments that are gone.
    func isBeforeBase(_ sequence: MessageSequence, in index: Int) -> Bool {
        sequence < bases[index]
    }

    private mutating func applySettle(_ reader: inout RecordReader, _ record: LogRecord) throws {
        let at = MeshInstant(nanoseconds: try reader.read())
        let index = Int(try reader.read(UInt16.self))
        let sequence = MessageSequence(try reader.read())
        let outcome = try SettlementOutcome(from: &reader)
        guard index < slots.count else { throw Fault.impossible("queue \(index) is not known") }
        if let slot = slot(of: sequence, in: index) {
            try apply(outcome, index, sequence, slot, at)
        } else if sequence >= bases[index] {
            throw Fault.impossible("message \(sequence.rawValue) is settled, but is not there")
        } else if outcome == .acknowledged {
            queues[index].settledTotal += 1
        }
        try applyMessages(&reader, record, published: at)
    }

    private mutating func apply(
        _ outcome: SettlementOutcome, _ index: Int, _ sequence: MessageSequence,
        _ slot: SlotIndex, _ at: MeshInstant
    ) throws {
        guard queues[index].table[slot].phase != .dead else {
            throw Fault.impossible("message \(sequence.rawValue) is settled, but is dead")
        }
        if let gone = queues[index].replay(sequence, in: slot, outcome, at: at) {
            slots[index][sequence] = nil
            usage.release(gone)
        }
        if case .retried(let due, _) = outcome { dues[index][sequence] = due }
    }
}

extension StoredMessage {
    init(
        _ message: JournalMessage, _ position: LogPosition, envelopeDelta: Int,
        published: MeshInstant
    ) {
        self.init(
            id: message.id, sequence: message.sequence.rawValue, tenant: message.tenant,
            group: message.group,
            publishedMilliseconds: published.milliseconds, segment: position.segment.rawValue,
            recordOffset: position.offset, envelopeDelta: UInt32(envelopeDelta),
            envelopeByteCount: UInt32(message.envelopeByteCount), attempts: 0, acquired: 0,
            phase: .pending, isUrgent: message.isUrgent)
    }
}
