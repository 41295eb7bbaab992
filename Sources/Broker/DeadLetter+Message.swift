// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SegmentLog
import Wire

extension DeadLetter {
    /// A dead letter as operators see it. One whose message cannot be read is a letter too: it is
    /// counted, and can be purged.
    ///
    /// - Parameter bytes: the envelope as the log has it; nil when its record is not what it was.
    init(_ message: DeadMessage, envelope bytes: ByteBuffer?) {
        var unreadable = ""
        var envelope = Envelope(
            id: message.id.value, trace: .zero, group: .zero, tenant: "", priority: .normal,
            notBeforeMilliseconds: 0, body: ByteBuffer())
        if let bytes {
            var reader = WireReader(bytes)
            do {
                envelope = try Envelope(from: &reader)
            } catch {
                unreadable = Self.place(message.envelope) + "\(error)"
            }
        } else {
            unreadable = Self.place(message.envelope) + "the record does not check"
        }
        self.init(
            sequence: message.sequence.rawValue,
            deadMilliseconds: message.death.at.milliseconds, reason: message.death.reason,
            attempts: message.attempts.map {
                Attempt(atMilliseconds: $0.at.milliseconds, worker: $0.worker, error: $0.error)
            },
            message: envelope, unreadable: unreadable, held: UInt64(message.heldCount))
    }

    private static func place(_ place: EnvelopePlace) -> String {
        "\(place.position.segment.fileName), record at \(place.position.offset): "
    }
}
