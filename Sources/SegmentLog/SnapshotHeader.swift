// SPDX-License-Identifier: MIT

/// The payload of a snapshot's first record: u16 version of the format · u64 log · u32 segment that
/// goes on behind it · u64 number and u32 checksum of the last batch before that segment.
struct SnapshotHeader: Equatable {
    let version: UInt16
    let segment: SegmentNumber
    /// Where the log stood.
    let end: LogEnd

    static let byteCount = 26
    /// The only version that is read.
    static let currentVersion: UInt16 = 2

    init(segment: SegmentNumber, end: LogEnd) {
        version = Self.currentVersion
        self.segment = segment
        self.end = end
    }

    init(payload: UnsafeRawBufferPointer) throws(RecordReader.Truncated) {
        var reader = RecordReader(payload)
        version = try reader.read()
        let logID: UInt64 = try reader.read()
        segment = SegmentNumber(try reader.read())
        end = LogEnd(
            logID: logID, segment: SegmentNumber(max(segment.rawValue, 1) - 1),
            batchNumber: try reader.read(), checksum: try reader.read())
    }

    func write(to payload: UnsafeMutableRawBufferPointer) {
        var writer = RecordWriter(payload)
        writer.write(version)
        writer.write(end.logID)
        writer.write(segment.rawValue)
        writer.write(end.batchNumber)
        writer.write(end.checksum)
    }
}
