// SPDX-License-Identifier: MIT
import Orders
package import SegmentLog

/// The records that a broker's log consists of. Layouts: `protocol/segment-log.md`.
package enum Journal {
    /// Queues, their policies and counters, as all records before leave them; begins each segment,
    /// so that those before it can be removed once nothing in them is alive.
    package static let state = RecordType(rawValue: 16)
    /// A queue was made or its policy changed.
    package static let declare = RecordType(rawValue: 17)
    /// Messages were published, all of them or none.
    package static let publish = RecordType(rawValue: 18)
    /// A message was acknowledged, failed or died, and its outputs were published with that.
    package static let settle = RecordType(rawValue: 19)
    /// Dead messages were put back in line.
    package static let redrive = RecordType(rawValue: 20)
    /// A queue was paused or resumed.
    package static let pause = RecordType(rawValue: 21)
    /// Messages were thrown away.
    package static let purge = RecordType(rawValue: 22)
    /// Tenants got other shares.
    package static let weights = RecordType(rawValue: 23)
    /// A message is kept here from now on, with all that is known of it.
    package static let move = RecordType(rawValue: 24)
}

// MARK: - Messages within records

/// A message within a record: u16 queue · u64 sequence · id (2 x u64) · u64 tenant · u64 group ·
/// i64 not before (ns) · u8 urgent · u32 length · envelope.
struct JournalMessage {
    let queue: QueueNumber
    let sequence: MessageSequence
    let id: MessageID
    let tenant: TenantKey
    let group: GroupKey
    let notBefore: MeshInstant
    let isUrgent: Bool
    /// From the beginning of the payload to the envelope.
    let envelopeOffset: Int
    let envelopeByteCount: Int

    static let overhead = 2 + 8 + 16 + 8 + 8 + 8 + 1 + 4

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        queue = QueueNumber(try reader.read())
        sequence = MessageSequence(try reader.read())
        id = MessageID(UniqueID(high: try reader.read(), low: try reader.read()))
        tenant = TenantKey(recorded: try reader.read())
        group = GroupKey(recorded: try reader.read())
        notBefore = MeshInstant(nanoseconds: try reader.read())
        isUrgent = try reader.read(UInt8.self) != 0
        envelopeByteCount = Int(try reader.read(UInt32.self))
        envelopeOffset = reader.offset
        _ = try reader.read(byteCount: envelopeByteCount)
    }

    /// - Returns: where in the payload the envelope went.
    static func write(
        _ message: OfferedMessage, _ queue: QueueNumber, _ sequence: MessageSequence,
        to writer: inout RecordWriter
    ) -> Int {
        writer.write(queue.rawValue)
        writer.write(sequence.rawValue)
        writer.write(message.id.value.high)
        writer.write(message.id.value.low)
        writer.write(message.tenant.rawValue)
        writer.write(message.group.rawValue)
        writer.write(message.notBefore.nanoseconds)
        writer.write(UInt8(message.isUrgent ? 1 : 0))
        writer.write(UInt32(message.envelope.count))
        let offset = writer.offset
        writer.write(message.envelope)
        return offset
    }
}

// MARK: - Outcomes

extension SettlementOutcome {
    var journalByteCount: Int {
        switch self {
        case .acknowledged: 1
        case .retried(_, let attempt): 1 + 8 + attempt.journalByteCount
        case .dead(let attempt, let reason):
            1 + attempt.journalByteCount + RecordWriter.byteCount(of: reason)
        }
    }

    func write(to writer: inout RecordWriter) {
        switch self {
        case .acknowledged:
            writer.write(UInt8(0))
        case .retried(let due, let attempt):
            writer.write(UInt8(1))
            writer.write(due.nanoseconds)
            attempt.write(to: &writer)
        case .dead(let attempt, let reason):
            writer.write(UInt8(2))
            attempt.write(to: &writer)
            writer.write(reason)
        }
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        switch try reader.read(UInt8.self) {
        case 0: self = .acknowledged
        case 1:
            let due = MeshInstant(nanoseconds: try reader.read())
            self = .retried(due: due, try FailedAttempt(from: &reader))
        default:
            let attempt = try FailedAttempt(from: &reader)
            self = .dead(attempt, reason: try reader.readText())
        }
    }
}

extension FailedAttempt {
    var journalByteCount: Int {
        8 + RecordWriter.byteCount(of: worker) + RecordWriter.byteCount(of: error)
    }

    func write(to writer: inout RecordWriter) {
        writer.write(at.nanoseconds)
        writer.write(worker)
        writer.write(error)
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        at = MeshInstant(nanoseconds: try reader.read())
        worker = try reader.readText()
        error = try reader.readText()
    }
}

// MARK: - Policies

extension QueuePolicy {
    static let journalByteCount = 4 + 1 + 4 + 4 + 8 + 8
    /// `holdsBehindDead` travels with the attempts, of which there are at most 100: logs from before it
    /// are read as without it.
    private static let holdsBit: UInt8 = 0x80

    func write(to writer: inout RecordWriter) {
        writer.write(leaseDuration.wireMilliseconds)
        writer.write(attemptsMax | (holdsBehindDead ? Self.holdsBit : 0))
        writer.write(backoffBase.wireMilliseconds)
        writer.write(backoffMax.wireMilliseconds)
        writer.write(depthMax)
        writer.write(byteDepthMax)
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        self.init(
            leaseDuration: .milliseconds(try reader.read(UInt32.self)),
            attemptsMax: try reader.read(),
            backoffBase: .milliseconds(try reader.read(UInt32.self)),
            backoffMax: .milliseconds(try reader.read(UInt32.self)),
            depthMax: try reader.read(), byteDepthMax: try reader.read())
        holdsBehindDead = attemptsMax & Self.holdsBit != 0
        attemptsMax &= ~Self.holdsBit
    }
}
