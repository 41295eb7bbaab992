// SPDX-License-Identifier: MIT

/// Gathers records into batches and gives each record its place, ahead of the disk.
///
/// Confined to the owner of the state that is logged. Knows only sizes: what it hands out by
/// `takeBatches` is to be written, in that order, by a `SegmentWriter`.
package struct LogAppender: ~Copyable {
    package let geometry: LogGeometry
    package let logID: UInt64
    /// The segment being filled.
    package private(set) var segment: SegmentNumber
    /// The number of the batch that takes the next record.
    package private(set) var batchNumber: UInt64
    /// Where the next batch begins.
    private var offset: Int
    private var open: LogBatch?
    private var closed: [LogBatch] = []
    private var spare: String?
    /// What the last batches needed: the next is likely to need as much, and to grow it means to
    /// copy it.
    private var capacityHint = 0
    /// Batches that nobody needs any more: their memory is warm, and the kernel need not zero it.
    private var idle: [LogBatch] = []

    private static let idleCountMax = 8

    /// Continues a log behind `position`: in a fresh segment, to be begun by `roll`, or at `tail` in
    /// the last one.
    package init(after position: LogEnd, tail: LogPosition? = nil, geometry: LogGeometry) {
        self.geometry = geometry
        logID = position.logID
        segment = position.segment
        batchNumber = position.batchNumber + 1
        offset = tail.map { Int($0.offset) } ?? geometry.segmentByteCount
    }

    /// Whether there is something for the writer.
    package var isEmpty: Bool { open == nil && closed.isEmpty }

    /// The bytes left in the segment.
    package var remaining: Int {
        geometry.segmentByteCount - (open.map { $0.start + $0.byteCount } ?? offset)
    }

    /// Whether a record of `payloadByteCount` still fits into the segment; if not, `roll`.
    ///
    /// Ends a batch that is large enough, so that the record begins another.
    package mutating func hasRoom(for payloadByteCount: Int) -> Bool {
        if let open, open.byteCount >= geometry.batchByteCountMax { close() }
        let batch = open == nil ? BatchHeader.byteCount : 0
        return batch + RecordHeader.byteCount + payloadByteCount <= remaining
    }

    /// Goes on in the next segment; its header is written, the caller's snapshot must follow.
    ///
    /// - Parameter spare: a file made beforehand; nil has the writer make one.
    package mutating func roll(spare: String?) {
        close()
        segment = segment.next
        offset = 0
        self.spare = spare
        let (_, payload) = append(.segmentHeader, payloadByteCount: SegmentHeader.byteCount)
        SegmentHeader(logID: logID, segment: segment).write(to: payload)
    }

    /// Adds a record whose payload the caller fills at once.
    ///
    /// - Precondition: `hasRoom(for: payloadByteCount)`.
    package mutating func append(
        _ type: RecordType, payloadByteCount: Int
    ) -> (position: LogPosition, payload: UnsafeMutableRawBufferPointer) {
        precondition(
            RecordHeader.byteCount + payloadByteCount <= remaining,
            "a record beyond the end of its segment")
        if open == nil {
            open = makeBatch()
            spare = nil
        }
        guard let open else { preconditionFailure("a batch was just opened") }
        return open.append(type, payloadByteCount: payloadByteCount)
    }

    /// Everything not yet handed out, to be written in this order.
    package mutating func takeBatches() -> [LogBatch] {
        close()
        defer { closed.removeAll(keepingCapacity: false) }
        return closed
    }

    /// Takes a batch whose memory may be used again.
    package mutating func recycle(_ batch: consuming LogBatch) {
        guard isKnownUniquelyReferenced(&batch), idle.count < Self.idleCountMax else { return }
        idle.append(batch)
    }

    /// What is kept of the log in memory is counted by capacity: a small batch may not hold much.
    private var wastefulCapacity: Int { 4 * max(capacityHint, 4 * geometry.blockByteCount) }

    private mutating func makeBatch() -> LogBatch {
        let fitting = idle.indices.filter { idle[$0].capacity <= wastefulCapacity }
        guard let index = fitting.max(by: { idle[$0].capacity < idle[$1].capacity }) else {
            return LogBatch(
                segment: segment, number: batchNumber, start: offset, spare: spare,
                capacity: capacityHint, geometry: geometry)
        }
        let batch = idle.remove(at: index)
        batch.reset(segment: segment, number: batchNumber, start: offset, spare: spare)
        return batch
    }

    private mutating func close() {
        guard let batch = open else { return }
        offset = batch.end
        batchNumber += 1
        capacityHint = max(batch.paddedByteCount, capacityHint - capacityHint / 8)
        closed.append(batch)
        open = nil
    }
}

/// Where a log ends: what its continuation must follow.
package struct LogEnd: Hashable, Sendable {
    /// Drawn at random when the log was made; no other log's batches pass for its own.
    package let logID: UInt64
    /// The last segment; 0 when there is none.
    package let segment: SegmentNumber
    /// The last batch; 0 when there is none.
    package let batchNumber: UInt64
    /// The checksum of the last batch.
    package let checksum: UInt32

    package init(logID: UInt64, segment: SegmentNumber, batchNumber: UInt64, checksum: UInt32) {
        self.logID = logID
        self.segment = segment
        self.batchNumber = batchNumber
        self.checksum = checksum
    }

    /// Where the log stood before `batch`, which is sealed and the first of its segment.
    package init(before batch: LogBatch, logID: UInt64) {
        self.init(
            logID: logID, segment: SegmentNumber(batch.segment.rawValue - 1),
            batchNumber: batch.number - 1, checksum: batch.previous)
    }

    /// The end of a log that does not exist yet.
    package static func new(logID: UInt64) -> LogEnd {
        LogEnd(logID: logID, segment: SegmentNumber(0), batchNumber: 0, checksum: 0)
    }
}
