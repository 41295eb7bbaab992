// SPDX-License-Identifier: MIT

/// Reads a snapshot batch by batch; holds one batch at a time in memory.
///
/// A snapshot was durable before it got its name, so whatever does not check in it is damage.
package struct SnapshotReader: ~Copyable {
    private let segment: SegmentNumber
    private let geometry: LogGeometry
    private let file: any SegmentFile
    private let fileByteCount: Int
    private var memory: UnsafeMutableRawBufferPointer
    private var offset = 0
    private var number: UInt64 = 0
    private var checksum: UInt32 = 0
    private var recordCount: UInt64 = 0
    private var end: LogEnd?
    private var isComplete = false

    /// Hands every record of the snapshot before `segment` to `apply`, in order.
    ///
    /// - Returns: where the log stood, and the bytes of the snapshot.
    /// - Throws: `damaged` with the offset of the batch, or what `apply` throws.
    package static func run(
        _ storage: any SegmentStorage, before segment: SegmentNumber, geometry: LogGeometry,
        apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) -> (end: LogEnd, byteCount: Int) {
        let (file, byteCount) = try open(storage, segment)
        var reader = SnapshotReader(segment, geometry, file, byteCount)
        while !reader.isComplete { try reader.readBatch(apply) }
        guard let end = reader.end, reader.offset == reader.fileByteCount else {
            throw reader.damage("there is something behind its end")
        }
        return (end, byteCount)
    }

    private static func open(
        _ storage: any SegmentStorage, _ segment: SegmentNumber
    ) throws(LogError) -> (any SegmentFile, byteCount: Int) {
        do {
            let file = try storage.openFile(segment.snapshotFileName)
            return (file, try file.byteCount)
        } catch {
            throw LogError(error)
        }
    }

    private init(
        _ segment: SegmentNumber, _ geometry: LogGeometry, _ file: any SegmentFile,
        _ fileByteCount: Int
    ) {
        self.segment = segment
        self.geometry = geometry
        self.file = file
        self.fileByteCount = fileByteCount
        memory = .allocate(byteCount: geometry.blockByteCount, alignment: 4096)
    }

    deinit { memory.deallocate() }

    private func damage(_ message: String) -> LogError {
        LogError(.damaged, file: segment.snapshotFileName, offset: offset, message)
    }

    private mutating func readBatch(
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        var bytes = try read(byteCount: memory.count)
        guard let header = BatchHeader(bytes) else { throw damage("it ends before its end") }
        let byteCount = geometry.padded(BatchHeader.byteCount + Int(header.byteCount))
        guard offset + byteCount <= fileByteCount else { throw damage("a batch is cut off") }
        if byteCount > bytes.count { bytes = try read(byteCount: byteCount) }
        guard header.segment == segment, header.number == number + 1, header.previous == checksum,
            end == nil || header.logID == end?.logID, header.isIntact(in: bytes)
        else { throw damage("a batch of the snapshot is damaged") }
        try deliver(header, bytes, apply)
        (number, checksum) = (header.number, header.checksum)
        offset += byteCount
    }

    /// At least `byteCount` bytes of the file from `offset` on, if there are so many.
    private mutating func read(byteCount: Int) throws(LogError) -> UnsafeRawBufferPointer {
        if byteCount > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: byteCount, alignment: 4096)
        }
        do {
            return .init(rebasing: memory[0..<(try file.read(into: memory, at: offset))])
        } catch {
            throw LogError(error)
        }
    }

    private mutating func deliver(
        _ batch: BatchHeader, _ bytes: UnsafeRawBufferPointer,
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        let batchEnd = BatchHeader.byteCount + Int(batch.byteCount)
        var recordOffset = BatchHeader.byteCount
        for _ in 0..<batch.recordCount {
            guard !isComplete,
                let header = RecordHeader(bytes, at: recordOffset, end: batchEnd)
            else { throw damage("a record behind the last") }
            let position = LogPosition(segment: segment, offset: UInt32(offset + recordOffset))
            try take(
                LogRecord(
                    type: header.type, position: position,
                    payload: header.payload(bytes, at: recordOffset)), apply)
            recordCount += 1
            recordOffset += header.byteCount
        }
    }

    private mutating func take(
        _ record: LogRecord, _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        switch record.type {
        case .snapshotHeader:
            guard recordCount == 0, let header = try? SnapshotHeader(payload: record.payload),
                header.segment == segment
            else { throw damage("the snapshot's header is not one") }
            guard header.version == SnapshotHeader.currentVersion else {
                throw LogError(
                    .unsupportedVersion, file: segment.snapshotFileName, offset: offset,
                    "format version \(header.version) is not known here")
            }
            end = header.end
        case .snapshotEnd:
            var reader = RecordReader(record.payload)
            guard let count = try? reader.read(UInt64.self), count == recordCount + 1 else {
                throw damage("the snapshot has lost records")
            }
            isComplete = true
        default:
            guard end != nil else { throw damage("the snapshot has no header") }
            try apply(record)
        }
    }
}
