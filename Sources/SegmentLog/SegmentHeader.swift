// SPDX-License-Identifier: MIT

/// The payload of a segment's first record: u16 version of the format · u64 log · u32 segment.
struct SegmentHeader: Equatable {
    let version: UInt16
    let logID: UInt64
    let segment: SegmentNumber

    static let byteCount = 14
    /// The only version so far.
    static let currentVersion: UInt16 = 1

    init(logID: UInt64, segment: SegmentNumber) {
        version = Self.currentVersion
        self.logID = logID
        self.segment = segment
    }

    init(payload: UnsafeRawBufferPointer) throws(RecordReader.Truncated) {
        var reader = RecordReader(payload)
        version = try reader.read()
        logID = try reader.read()
        segment = SegmentNumber(try reader.read())
    }

    func write(to payload: UnsafeMutableRawBufferPointer) {
        var writer = RecordWriter(payload)
        writer.write(version)
        writer.write(logID)
        writer.write(segment.rawValue)
    }
}
