// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// The records of a snapshot. Layouts: `protocol/segment-log.md`.
extension Journal {
    /// The oldest segment that messages are in, and the state of all queues; the first record.
    static let snapshotState = RecordType(rawValue: 32)
    /// Messages of a queue, by sequence.
    static let snapshotMessages = RecordType(rawValue: 33)
    /// When messages of a queue are due that are not to be delivered at once.
    static let snapshotDues = RecordType(rawValue: 34)
    /// What went wrong with a message.
    static let snapshotHistory = RecordType(rawValue: 35)
    /// Ids that are remembered, oldest first.
    static let snapshotIDs = RecordType(rawValue: 36)

    /// A record holds so many messages, dues or ids at most.
    static let snapshotCountMax = 1024
}

extension SnapshotWriter {
    mutating func write(
        _ state: JournalState, oldestSegment: SegmentNumber
    ) throws(StorageError) {
        let payload = try append(Journal.snapshotState, payloadByteCount: 4 + state.byteCount)
        var writer = RecordWriter(payload)
        writer.write(oldestSegment.rawValue)
        state.write(to: &writer)
    }

    /// All that a queue holds.
    mutating func write(
        _ queue: MessageQueue, dues: SequenceTable<MeshInstant>
    ) throws(StorageError) {
        let slots = queue.table.slotsBySequence()
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: StoredMessage.snapshotByteCountMax * Journal.snapshotCountMax, alignment: 8)
        defer { scratch.deallocate() }
        for part in slots.parts(of: Journal.snapshotCountMax) {
            var messages = RecordWriter(scratch)
            var last = StoredMessage.none
            for slot in part {
                queue.table[slot].writeSnapshot(to: &messages, after: last)
                last = queue.table[slot]
            }
            var writer = try begin(
                Journal.snapshotMessages, queue.number, part.count, byteCount: messages.offset)
            writer.write(UnsafeRawBufferPointer(rebasing: scratch[..<messages.offset]))
        }
        try write(dues, of: queue)
        try writeHistories(of: queue)
    }

    private mutating func write(
        _ dues: SequenceTable<MeshInstant>, of queue: MessageQueue
    ) throws(StorageError) {
        var pairs: [(sequence: MessageSequence, due: MeshInstant)] = []
        dues.forEach { pairs.append(($0, $1)) }
        pairs.sort { $0.sequence < $1.sequence }
        for part in pairs.parts(of: Journal.snapshotCountMax) {
            var writer = try begin(
                Journal.snapshotDues, queue.number, part.count, byteCount: part.count * 16)
            for (sequence, due) in part {
                writer.write(sequence.rawValue)
                writer.write(due.nanoseconds)
            }
        }
    }

    private mutating func writeHistories(of queue: MessageQueue) throws(StorageError) {
        for sequence in Set(queue.failures.keys).union(queue.dead.sequences).sorted() {
            let history = queue.history(of: sequence)
            var writer = try begin(
                Journal.snapshotHistory, queue.number, 1,
                byteCount: 8 + history.journalByteCount)
            writer.write(sequence.rawValue)
            history.write(to: &writer)
        }
    }

    mutating func write(_ recent: RecentEntries) throws(StorageError) {
        for part in (0..<recent.count).parts(of: Journal.snapshotCountMax) {
            let payload = try append(
                Journal.snapshotIDs, payloadByteCount: 4 + part.count * RecentEntries.byteCount)
            var writer = RecordWriter(payload)
            writer.write(UInt32(part.count))
            for index in part {
                let entry = recent[index]
                writer.write(entry.queue.rawValue)
                writer.write(entry.id.value.high)
                writer.write(entry.id.value.low)
                writer.write(entry.sequence.rawValue)
            }
        }
    }

    /// Begins a record of `count` parts of a queue: u16 queue · u32 count · parts.
    private mutating func begin(
        _ type: RecordType, _ queue: QueueNumber, _ count: Int, byteCount: Int
    ) throws(StorageError) -> RecordWriter {
        let payload = try append(type, payloadByteCount: 6 + byteCount)
        var writer = RecordWriter(payload)
        writer.write(queue.rawValue)
        writer.write(UInt32(count))
        return writer
    }
}

extension RecentEntries {
    /// Of an entry in a snapshot: u16 queue · id (2 x u64) · u64 sequence.
    static let byteCount = 2 + 16 + 8
}

extension RandomAccessCollection {
    /// The collection in parts of `count` elements, the last one of what is left.
    func parts(of count: Int) -> some Sequence<SubSequence> {
        sequence(state: self[...]) { rest in
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }
}
