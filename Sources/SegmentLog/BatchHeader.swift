// SPDX-License-Identifier: MIT
import Checksum

/// The first bytes of a batch: what one write made durable, all of it or nothing.
///
/// Layout, little-endian: u32 magic · u32 byte count of the records · u64 number · u64 log ·
/// u32 segment · u32 record count · u32 checksum of the batch before · u32 checksum. The checksum
/// covers the header before it and the length and checksum of each record, and through
/// `previous` everything back to the beginning: batches can be neither changed nor exchanged.
struct BatchHeader: Equatable {
    var number: UInt64
    var logID: UInt64
    var segment: SegmentNumber
    var byteCount: UInt32
    var recordCount: UInt32
    var previous: UInt32
    var checksum: UInt32 = 0

    static let byteCount = 40
    private static let magic: UInt32 = 0x3142_4D4F  // "OMB1"

    /// Writes the header over the first bytes of `batch`, with the checksum of what follows them.
    mutating func seal(_ batch: UnsafeMutableRawBufferPointer) {
        var writer = RecordWriter(batch)
        writer.write(Self.magic)
        writer.write(byteCount)
        writer.write(number)
        writer.write(logID)
        writer.write(segment.rawValue)
        writer.write(recordCount)
        writer.write(previous)
        checksum = Self.checksum(UnsafeRawBufferPointer(batch), recordCount: Int(recordCount))
        writer.write(checksum)
    }

    /// Reads a header; nil when there is none at the beginning of `bytes`.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = RecordReader(bytes)
        guard bytes.count >= Self.byteCount, let magic = try? reader.read(UInt32.self),
            magic == Self.magic, let byteCount = try? reader.read(UInt32.self),
            let number = try? reader.read(UInt64.self), let logID = try? reader.read(UInt64.self),
            let segment = try? reader.read(UInt32.self),
            let recordCount = try? reader.read(UInt32.self),
            let previous = try? reader.read(UInt32.self),
            let checksum = try? reader.read(UInt32.self)
        else { return nil }
        self.init(
            number: number, logID: logID, segment: SegmentNumber(segment), byteCount: byteCount,
            recordCount: recordCount, previous: previous)
        self.checksum = checksum
    }

    init(
        number: UInt64, logID: UInt64, segment: SegmentNumber, byteCount: UInt32,
        recordCount: UInt32, previous: UInt32
    ) {
        self.number = number
        self.logID = logID
        self.segment = segment
        self.byteCount = byteCount
        self.recordCount = recordCount
        self.previous = previous
    }

    /// Whether all that the batch holds is as it was sealed.
    ///
    /// - Parameter bytes: from the header to the end of the segment.
    func isIntact(in bytes: UnsafeRawBufferPointer) -> Bool {
        let end = Self.byteCount + Int(byteCount)
        guard recordCount > 0, end <= bytes.count else { return false }
        var offset = Self.byteCount
        for _ in 0..<recordCount {
            guard let record = RecordHeader(bytes, at: offset, end: end),
                record.checksum == record.computeChecksum(bytes, at: offset)
            else { return false }
            offset += record.byteCount
        }
        return offset == end && checksum == Self.checksum(bytes, recordCount: Int(recordCount))
    }

    /// - Precondition: the records lie within `bytes`.
    private static func checksum(_ bytes: UnsafeRawBufferPointer, recordCount: Int) -> UInt32 {
        var sum = CRC32C.checksum(.init(rebasing: bytes[0..<byteCount - 4]))
        var offset = byteCount
        for _ in 0..<recordCount {
            let prefix = UnsafeRawBufferPointer(
                rebasing: bytes[offset..<offset + RecordHeader.prefixByteCount])
            sum = CRC32C.update(sum, prefix)
            offset += RecordHeader.prefixByteCount
            offset += Int(UInt32(littleEndian: prefix.loadUnaligned(as: UInt32.self)))
        }
        return sum
    }
}
