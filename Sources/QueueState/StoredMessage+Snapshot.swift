// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// A message in a snapshot: u64 sequence · id (2 x u64) · u64 tenant · u64 group · u64 published (ms)
/// · u32 segment · u32 offset of its record · u32 from there to the envelope · u32 bytes of the
/// envelope · u8 attempts · u8 flags.
extension StoredMessage {
    static let snapshotByteCount = 8 + 16 + 8 + 8 + 8 + 4 + 4 + 4 + 4 + 1 + 1

    private static let urgentFlag: UInt8 = 1
    private static let deadFlag: UInt8 = 2

    func writeSnapshot(to writer: inout RecordWriter) {
        writer.write(sequence)
        writer.write(id.value.high)
        writer.write(id.value.low)
        writer.write(tenant.rawValue)
        writer.write(group.rawValue)
        writer.write(publishedMilliseconds)
        writer.write(segment)
        writer.write(recordOffset)
        writer.write(envelopeDelta)
        writer.write(envelopeByteCount)
        writer.write(attempts)
        writer.write((isUrgent ? Self.urgentFlag : 0) | (phase == .dead ? Self.deadFlag : 0))
    }

    init(snapshot reader: inout RecordReader) throws(RecordReader.Truncated) {
        let sequence: UInt64 = try reader.read()
        let id = MessageID(UniqueID(high: try reader.read(), low: try reader.read()))
        self.init(
            id: id, sequence: sequence, tenant: TenantKey(recorded: try reader.read()),
            group: GroupKey(recorded: try reader.read()), publishedMilliseconds: try reader.read(),
            segment: try reader.read(), recordOffset: try reader.read(),
            envelopeDelta: try reader.read(), envelopeByteCount: try reader.read(),
            attempts: try reader.read(), acquired: 0, phase: .pending, isUrgent: false)
        let flags: UInt8 = try reader.read()
        isUrgent = flags & Self.urgentFlag != 0
        if flags & Self.deadFlag != 0 { phase = .dead }
    }
}
