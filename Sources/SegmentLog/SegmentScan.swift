// SPDX-License-Identifier: MIT

/// Walks the batches of one segment and stops at the first that is not the next of the log.
struct SegmentScan {
    let segment: SegmentNumber
    private let contents: SegmentContents
    private let geometry: LogGeometry
    /// The end of the log so far; nil before the first batch of all.
    private(set) var end: LogEnd?
    /// Where the walk stands.
    private(set) var offset = 0
    /// Where the last batch walked over begins.
    private var lastOffset = 0

    init(
        _ segment: SegmentNumber, _ contents: SegmentContents, _ geometry: LogGeometry,
        after end: LogEnd?
    ) {
        self.segment = segment
        self.contents = contents
        self.geometry = geometry
        self.end = end
    }

    /// Of the segment's file.
    var byteCount: Int { contents.bytes.count }

    var position: LogPosition { LogPosition(segment: segment, offset: UInt32(offset)) }

    /// What is wrong where the walk stands, should it be that.
    var damage: LogError {
        LogError(
            .damaged, file: segment.fileName, offset: offset,
            "a batch that was durable is damaged; the log goes on behind it")
    }

    /// The blocks of the last batch walked over. Valid while the scan lives.
    var lastBatch: (offset: Int, bytes: UnsafeRawBufferPointer) {
        (lastOffset, .init(rebasing: contents.bytes[lastOffset..<offset]))
    }

    // MARK: - What stands here

    /// Whether an intact batch of this segment and log stands where the walk does.
    var isAtBatch: Bool { intactBatch(at: offset) != nil }

    /// Whether that batch is the next one of the log.
    var isAtNextBatch: Bool { intactBatch(at: offset).map(isNext) ?? false }

    /// Whether nothing stands there, or only what the file held in an earlier life.
    var isAtCleanEnd: Bool {
        guard let header = BatchHeader(rest(from: offset)) else { return true }
        return header.number <= end?.batchNumber ?? 0
    }

    /// Whether an intact batch that comes later in the log stands anywhere behind. Whatever stands
    /// here was durable before that one was written.
    var hasLaterBatch: Bool {
        var candidate = offset + geometry.blockByteCount
        while candidate < contents.bytes.count {
            if let later = intactBatch(at: candidate), later.number > end?.batchNumber ?? 0 {
                return true
            }
            candidate += geometry.blockByteCount
        }
        return false
    }

    private func rest(from offset: Int) -> UnsafeRawBufferPointer {
        let bytes = contents.bytes
        return .init(rebasing: bytes[min(offset, bytes.count)...])
    }

    private func intactBatch(at offset: Int) -> BatchHeader? {
        let bytes = rest(from: offset)
        guard let header = BatchHeader(bytes), header.segment == segment,
            end == nil || header.logID == end?.logID,
            header.number > end?.batchNumber ?? 0, header.isIntact(in: bytes)
        else { return nil }
        return header
    }

    private func isNext(_ header: BatchHeader) -> Bool {
        guard let end else { return true }
        return header.number == end.batchNumber + 1 && header.previous == end.checksum
    }

    // MARK: - The walk

    /// Hands each record to `apply`, batch by batch, until there is no next batch.
    ///
    /// - Returns: how many records there were.
    mutating func run(
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) -> Int {
        var recordCount = 0
        while let header = intactBatch(at: offset), isNext(header) {
            try deliver(header, apply)
            recordCount += Int(header.recordCount)
            end = LogEnd(
                logID: header.logID, segment: segment, batchNumber: header.number,
                checksum: header.checksum)
            lastOffset = offset
            offset += geometry.padded(BatchHeader.byteCount + Int(header.byteCount))
        }
        return recordCount
    }

    private func deliver(
        _ batch: BatchHeader, _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        let bytes = contents.bytes
        let batchEnd = offset + BatchHeader.byteCount + Int(batch.byteCount)
        var recordOffset = offset + BatchHeader.byteCount
        for index in 0..<batch.recordCount {
            guard let header = RecordHeader(bytes, at: recordOffset, end: batchEnd) else {
                preconditionFailure("an intact batch with a broken record")
            }
            let record = LogRecord(
                type: header.type,
                position: LogPosition(segment: segment, offset: UInt32(recordOffset)),
                payload: header.payload(bytes, at: recordOffset))
            if offset == 0, index == 0 { try checkSegmentHeader(record) }
            if record.type != .segmentHeader { try apply(record) }
            recordOffset += header.byteCount
        }
    }

    private func checkSegmentHeader(_ record: LogRecord) throws(LogError) {
        guard record.type == .segmentHeader,
            let header = try? SegmentHeader(payload: record.payload)
        else {
            throw LogError(
                .inconsistent, file: segment.fileName, offset: 0, "the segment has no header")
        }
        guard header.version == SegmentHeader.currentVersion else {
            throw LogError(
                .unsupportedVersion, file: segment.fileName, offset: 0,
                "format version \(header.version) is not known here")
        }
    }
}
