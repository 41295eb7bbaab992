// SPDX-License-Identifier: MIT

/// What a record is about. The log itself knows the headers of its files, and a snapshot's end.
package struct RecordType: Hashable, Sendable, RawRepresentable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The first record of a segment; see `SegmentHeader`.
    package static let segmentHeader = RecordType(rawValue: 1)
    /// The first record of a snapshot; see `SnapshotHeader`.
    static let snapshotHeader = RecordType(rawValue: 2)
    /// The last record of a snapshot: u64 count of its records, this one included.
    static let snapshotEnd = RecordType(rawValue: 3)
}

/// One record, as recovery and reading back present it; valid during the call only.
package struct LogRecord {
    package let type: RecordType
    package let position: LogPosition
    package let payload: UnsafeRawBufferPointer
    /// From the beginning of the record to that of its payload.
    package static let payloadOffset = RecordHeader.byteCount

    package init(type: RecordType, position: LogPosition, payload: UnsafeRawBufferPointer) {
        self.type = type
        self.position = position
        self.payload = payload
    }

    /// Reads back the record that begins at `offset` of `bytes`, itself at `position` in the log.
    ///
    /// - Returns: nil when it is not all there or its checksum does not hold.
    package init?(checking bytes: UnsafeRawBufferPointer, at offset: Int, position: LogPosition) {
        guard let header = RecordHeader(bytes, at: offset, end: bytes.count),
            header.checksum == header.computeChecksum(bytes, at: offset)
        else { return nil }
        self.init(
            type: header.type, position: position, payload: header.payload(bytes, at: offset))
    }
}
