// SPDX-License-Identifier: MIT
package import Orders
import SegmentLog

extension QueueEngine {
    /// Says that a message with `id` is about to be published; changes nothing.
    package func anticipate(_ id: MessageID, in queue: QueueNumber) {
        recent.anticipate(id, in: queue)
    }

    /// Prepares one message for `queue`, unless its id was published before.
    package mutating func publish(
        _ message: OfferedMessage, to queue: QueueNumber, now: MeshInstant
    ) throws(QueueRefusal) -> Publication {
        if let known = recent.find(message.id, in: queue) {
            return Publication(sequence: known.sequence, isDuplicate: true)
        }
        let byteCount = 10 + JournalMessage.overhead + message.envelope.count
        try checkRoom(for: byteCount)
        if !message.isUrgent {
            guard !isKeepingReserve else { throw .diskFull }
            try queues[Int(queue.rawValue)].admit(
                count: 1, byteCount: UInt64(message.envelope.count), now: now)
        }
        var record = append(Journal.publish, payloadByteCount: byteCount)
        record.payload.write(now.nanoseconds)
        record.payload.write(UInt16(1))
        let sequence = store(
            message, queue, at: record.position, &record.payload, record.batch, now)
        return Publication(sequence: sequence, isDuplicate: false)
    }

    /// Prepares all `messages` for `queue`, or refuses them all; those published before are left
    /// out. They become durable together.
    package mutating func publish(
        _ messages: [OfferedMessage], to queue: QueueNumber, now: MeshInstant
    ) throws(QueueRefusal) -> [Publication] {
        let offered = messages.map { (queue: queue, message: $0) }
        let novelties = novelties(of: offered)
        let fresh = Self.fresh(offered, novelties)
        let byteCount = 10 + Self.journalByteCount(fresh)
        try checkRoom(for: byteCount)
        try admit(fresh, now)
        let first = queues[Int(queue.rawValue)].nextSequence
        if !fresh.isEmpty {
            var record = append(Journal.publish, payloadByteCount: byteCount)
            record.payload.write(now.nanoseconds)
            record.payload.write(UInt16(fresh.count))
            for (_, message) in fresh {
                _ = store(message, queue, at: record.position, &record.payload, record.batch, now)
            }
        }
        return publications(messages, novelties, in: queue, from: first)
    }

    private func publications(
        _ messages: [OfferedMessage], _ novelties: [Novelty], in queue: QueueNumber,
        from first: MessageSequence
    ) -> [Publication] {
        var next = first.rawValue
        return zip(messages, novelties).map { message, novelty in
            switch novelty {
            case .fresh:
                defer { next += 1 }
                return Publication(sequence: MessageSequence(next), isDuplicate: false)
            case .known(let sequence):
                return Publication(sequence: sequence, isDuplicate: true)
            case .repeated:
                // Of this request, so that it is remembered: it was stored a moment ago.
                let sequence = recent.find(message.id, in: queue)?.sequence
                return Publication(sequence: sequence ?? MessageSequence(0), isDuplicate: true)
            }
        }
    }

    // MARK: - Pieces, for settlements too

    func checkRoom(for payloadByteCount: Int) throws(QueueRefusal) {
        guard !isReserveSpent else { throw .diskFull }
        let max = appender.geometry.payloadByteCountMax
        guard payloadByteCount <= max else {
            throw .tooLarge(byteCount: payloadByteCount, max: max)
        }
    }

    static func journalByteCount(
        _ messages: [(queue: QueueNumber, message: OfferedMessage)]
    ) -> Int {
        messages.reduce(0) { $0 + JournalMessage.overhead + $1.message.envelope.count }
    }

    /// Refuses `messages` if one of their queues has no room for all of its own.
    mutating func admit(
        _ messages: [(queue: QueueNumber, message: OfferedMessage)], _ now: MeshInstant
    ) throws(QueueRefusal) {
        var needs: [QueueNumber: (count: UInt64, byteCount: UInt64)] = [:]
        for (queue, message) in messages where !message.isUrgent {
            let need = needs[queue] ?? (0, 0)
            needs[queue] = (need.count + 1, need.byteCount + UInt64(message.envelope.count))
        }
        guard needs.isEmpty || !isKeepingReserve else { throw .diskFull }
        for (queue, need) in needs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try queues[Int(queue.rawValue)].admit(
                count: need.count, byteCount: need.byteCount, now: now)
        }
    }

    /// Writes one message into a record and keeps it, to arrive when the record is durable.
    mutating func store(
        _ message: OfferedMessage, _ queue: QueueNumber, at position: LogPosition,
        _ payload: inout RecordWriter, _ batch: UInt64, _ now: MeshInstant
    ) -> MessageSequence {
        let index = Int(queue.rawValue)
        let sequence = queues[index].nextSequence
        queues[index].nextSequence = MessageSequence(sequence.rawValue + 1)
        let offset = JournalMessage.write(message, queue, sequence, to: &payload)
        let stored = StoredMessage(
            id: message.id, sequence: sequence.rawValue, tenant: message.tenant,
            group: message.group, publishedMilliseconds: now.milliseconds,
            segment: position.segment.rawValue,
            recordOffset: position.offset,
            envelopeDelta: UInt32(LogRecord.payloadOffset + offset),
            envelopeByteCount: UInt32(message.envelope.count), attempts: 0, acquired: 0,
            phase: .pending, isUrgent: message.isUrgent)
        let slot = queues[index].insert(stored)
        recent.insert(.init(id: message.id, sequence: sequence, slot: slot, queue: queue))
        retain(stored)
        prepare(.arrive(queue, slot, notBefore: message.notBefore), in: batch)
        return sequence
    }
}
