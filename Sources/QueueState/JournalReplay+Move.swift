// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

extension JournalReplay {
    /// A message is somewhere else now; or it is here for the first time, since the segments that
    /// told of it before are gone.
    mutating func applyMove(_ reader: inout RecordReader, _ record: LogRecord) throws {
        let move = try JournalMove(from: &reader)
        let index = Int(move.message.queue.rawValue)
        guard index < queues.count else { throw Fault.impossible("queue \(index) is not known") }
        let sequence = move.message.sequence
        let place = EnvelopePlace(
            position: record.position,
            delta: LogRecord.payloadOffset + move.message.envelopeOffset,
            byteCount: move.message.envelopeByteCount)
        if let slot = slot(of: sequence, in: index) {
            usage.release(queues[index].table[slot])
            queues[index].table[slot].place = place
            usage.retain(queues[index].table[slot])
        } else if isBeforeBase(sequence, in: index) {
            adopt(move, at: place, in: index)
        } else {
            throw Fault.impossible("message \(sequence.rawValue) is moved, but is not there")
        }
    }

    private mutating func adopt(_ move: JournalMove, at place: EnvelopePlace, in index: Int) {
        let message = move.message
        var stored = StoredMessage(
            message, place.position, envelopeDelta: place.delta,
            published: MeshInstant(milliseconds: move.published))
        stored.attempts = move.attempts
        if move.history.death != nil { stored.phase = .dead }
        let slot = queues[index].restore(stored)
        queues[index].restore(move.history, of: message.sequence, in: slot)
        usage.retain(stored)
        note(slot, of: message.sequence, in: index)
        if message.notBefore != .epoch { dues[index][message.sequence] = message.notBefore }
        remember(message, in: slot)
    }
}
