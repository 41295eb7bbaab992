// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// What is kept in memory of a message: 72 bytes, so that millions may wait. The message itself
/// is in the log.
struct StoredMessage {
    var id: MessageID
    /// 0 in a free slot.
    var sequence: UInt64
    var tenant: TenantKey
    var group: GroupKey
    /// Unix milliseconds.
    var publishedMilliseconds: UInt64
    var segment: UInt32
    /// Where in the segment the record begins that holds the message; in a free slot, the next one.
    var recordOffset: UInt32
    /// From there to the envelope.
    var envelopeDelta: UInt32
    var envelopeByteCount: UInt32
    /// The slot behind this one in the `SlotList` that it is in.
    var next = SlotList.end
    /// Attempts that failed.
    var attempts: UInt8
    /// Deliveries since the broker started, failed or not; stops at 255.
    var acquired: UInt8
    var phase: MessagePhase
    var isUrgent: Bool

    /// All zeros: in a free slot, and what the first message of a snapshot's record is told from.
    static let none = StoredMessage(
        id: MessageID(.zero), sequence: 0, tenant: TenantKey(recorded: 0), group: .none,
        publishedMilliseconds: 0, segment: 0, recordOffset: 0, envelopeDelta: 0,
        envelopeByteCount: 0, attempts: 0, acquired: 0, phase: .pending, isUrgent: false)

    var position: LogPosition {
        LogPosition(segment: SegmentNumber(segment), offset: recordOffset)
    }
}

/// Where a message is in its life.
package enum MessagePhase: UInt8, Sendable {
    /// Written to the log, not yet durable. Then ready or delayed.
    case pending
    /// May be leased. Then leased.
    case ready
    /// Not before its time. Then ready.
    case delayed
    /// With a consumer. Then ready, delayed, dead, or gone.
    case leased
    /// Failed for good; waits for people. Then ready.
    case dead
}
