// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// A message in a snapshot, told by how it differs from the one before it in the record: a third of
/// what it takes in memory, since a start is as long as the reading. Layout: `protocol/segment-log.md`.
extension StoredMessage {
    /// No message takes more.
    static let snapshotByteCountMax = 1 + 10 + 16 + 8 + 8 + 10 + 10 + 10 + 5 + 5 + 1

    private struct Flags: OptionSet {
        let rawValue: UInt8

        static let urgent = Flags(rawValue: 1)
        static let dead = Flags(rawValue: 2)
        static let sameTenant = Flags(rawValue: 4)
        static let sameGroup = Flags(rawValue: 8)
        static let sameRecord = Flags(rawValue: 16)
    }

    func writeSnapshot(to writer: inout RecordWriter, after last: StoredMessage) {
        var flags: Flags = []
        if isUrgent { flags.insert(.urgent) }
        if phase == .dead { flags.insert(.dead) }
        if tenant == last.tenant { flags.insert(.sameTenant) }
        if group == last.group { flags.insert(.sameGroup) }
        if position == last.position { flags.insert(.sameRecord) }
        writer.write(flags.rawValue)
        writer.write(variable: sequence &- last.sequence)
        writer.write(id.value.high)
        writer.write(id.value.low)
        if !flags.contains(.sameTenant) { writer.write(tenant.rawValue) }
        if !flags.contains(.sameGroup) { writer.write(group.rawValue) }
        writer.write(difference: publishedMilliseconds, from: last.publishedMilliseconds)
        if !flags.contains(.sameRecord) {
            writer.write(difference: UInt64(segment), from: UInt64(last.segment))
            writer.write(difference: UInt64(recordOffset), from: UInt64(last.recordOffset))
        }
        writer.write(variable: UInt64(envelopeDelta))
        writer.write(variable: UInt64(envelopeByteCount))
        writer.write(attempts)
    }

    init(
        snapshot reader: inout RecordReader, after last: StoredMessage
    ) throws(RecordReader.Truncated) {
        self = last
        let flags = Flags(rawValue: try reader.read())
        sequence = last.sequence &+ (try reader.readVariable())
        id = MessageID(UniqueID(high: try reader.read(), low: try reader.read()))
        if !flags.contains(.sameTenant) { tenant = TenantKey(recorded: try reader.read()) }
        if !flags.contains(.sameGroup) { group = GroupKey(recorded: try reader.read()) }
        publishedMilliseconds = try reader.readDifference(from: last.publishedMilliseconds)
        if !flags.contains(.sameRecord) {
            segment = UInt32(
                truncatingIfNeeded: try reader.readDifference(from: UInt64(last.segment)))
            recordOffset = UInt32(
                truncatingIfNeeded: try reader.readDifference(from: UInt64(last.recordOffset)))
        }
        envelopeDelta = UInt32(truncatingIfNeeded: try reader.readVariable())
        envelopeByteCount = UInt32(truncatingIfNeeded: try reader.readVariable())
        attempts = try reader.read()
        isUrgent = flags.contains(.urgent)
        phase = flags.contains(.dead) ? .dead : .pending
    }
}
