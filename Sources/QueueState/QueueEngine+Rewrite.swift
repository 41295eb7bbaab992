// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

extension QueueEngine {
    /// Prepares to keep a message at the end of the log instead of where it is, if it is there still
    /// as the straggler has it. Nobody notices but the segment that it leaves.
    ///
    /// - Parameter envelope: of the message, as its segment has it.
    /// - Returns: whether a record was written.
    package mutating func move(_ straggler: Straggler, envelope: UnsafeRawBufferPointer) -> Bool {
        let (queue, slot, sequence) = (straggler.queue, straggler.slot, straggler.sequence)
        guard let message = movable(straggler) else { return false }
        let history = queues[Int(queue.rawValue)].history(of: sequence)
        let byteCount =
            JournalMove.overhead + history.journalByteCount + JournalMessage.overhead
            + envelope.count
        guard byteCount <= appender.geometry.payloadByteCountMax, !isKeepingReserve
        else { return false }
        var record = append(Journal.move, payloadByteCount: byteCount)
        record.payload.write(message.publishedMilliseconds)
        record.payload.write(message.attempts)
        history.write(to: &record.payload)
        let offer = OfferedMessage(
            id: message.id, tenant: message.tenant, group: message.group,
            notBefore: straggler.due, isUrgent: message.isUrgent, envelope: envelope)
        let offset = JournalMessage.write(offer, queue, sequence, to: &record.payload)
        let place = EnvelopePlace(
            position: record.position, delta: LogRecord.payloadOffset + offset,
            byteCount: envelope.count)
        prepare(.move(queue, sequence, slot, place), in: record.batch)
        return true
    }

    /// Whether there is any use in reading the message.
    package func isMovable(_ straggler: Straggler) -> Bool { movable(straggler) != nil }

    /// What is known of the message; nil when it changed since, or something that changes it is on
    /// the way to the disk: the next run will find it.
    private func movable(_ straggler: Straggler) -> StoredMessage? {
        let queue = queues[Int(straggler.queue.rawValue)]
        guard queue.table.holds(straggler.sequence, in: straggler.slot) else { return nil }
        let message = queue.table[straggler.slot]
        let isSettling = queue.leases[straggler.sequence]?.isSettling ?? false
        let isDelayed = message.phase == .delayed
        guard message.place == straggler.envelope, message.attempts == straggler.attempts,
            message.phase != .pending, !isSettling, !isDelayed || straggler.due != .epoch
        else { return nil }
        return message
    }
}

/// A message kept elsewhere: u64 published (ms) · u8 attempts · history · message, with when it is
/// due for its time.
struct JournalMove {
    let published: UInt64
    let attempts: UInt8
    let history: MessageHistory
    let message: JournalMessage

    /// Beside the history and the message.
    static let overhead = 8 + 1

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        published = try reader.read()
        attempts = try reader.read()
        history = try MessageHistory(from: &reader)
        message = try JournalMessage(from: &reader)
    }
}
