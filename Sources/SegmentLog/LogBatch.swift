// SPDX-License-Identifier: MIT

/// Records that become durable together, in memory that a direct write can take as it is.
///
/// First filled by the owner of the log's appender, then sealed and written by the writer, then
/// read by the owner again, who keeps it for as long as its messages are likely to be wanted.
// SAFETY: one thread at a time holds the batch: it is handed over through the queue of an event
// loop, which orders all accesses before it with all those after.
package final class LogBatch: @unchecked Sendable {
    package private(set) var segment: SegmentNumber
    package private(set) var number: UInt64
    /// Where in the segment the batch begins.
    package private(set) var start: Int
    /// Set on the first batch of a segment: the spare file to take for it, if one is ready.
    package private(set) var spare: String?
    /// Of the header and the records, not padded.
    package private(set) var byteCount = BatchHeader.byteCount
    package private(set) var recordCount = 0
    /// The checksum of the batch, once sealed.
    package private(set) var checksum: UInt32 = 0
    /// The checksum of the batch before, once sealed.
    private(set) var previous: UInt32 = 0
    /// The bytes of memory held.
    package private(set) var capacity: Int
    private var memory: UnsafeMutableRawPointer
    private let blockByteCount: Int

    init(
        segment: SegmentNumber, number: UInt64, start: Int, spare: String?, capacity: Int,
        geometry: LogGeometry
    ) {
        self.segment = segment
        self.number = number
        self.start = start
        self.spare = spare
        blockByteCount = geometry.blockByteCount
        self.capacity = geometry.padded(max(capacity, BatchHeader.byteCount))
        memory = .allocate(byteCount: self.capacity, alignment: blockByteCount)
    }

    deinit { memory.deallocate() }

    /// Begins another batch in the same memory.
    ///
    /// - Precondition: nobody else holds this one.
    func reset(segment: SegmentNumber, number: UInt64, start: Int, spare: String?) {
        self.segment = segment
        self.number = number
        self.start = start
        self.spare = spare
        (byteCount, recordCount, checksum) = (BatchHeader.byteCount, 0, 0)
    }

    /// Of what is written: whole blocks.
    package var paddedByteCount: Int { (byteCount + blockByteCount - 1) & ~(blockByteCount - 1) }

    var position: LogPosition { LogPosition(segment: segment, offset: UInt32(start)) }

    /// The first offset in the segment behind the batch.
    package var end: Int { start + paddedByteCount }

    /// Adds a record whose payload the caller fills at once.
    func append(
        _ type: RecordType, payloadByteCount: Int
    ) -> (position: LogPosition, payload: UnsafeMutableRawBufferPointer) {
        let offset = byteCount
        let payload = offset + RecordHeader.byteCount
        reserve(payload + payloadByteCount)
        let length = UInt32(payloadByteCount + 1).littleEndian
        memory.storeBytes(of: length, toByteOffset: offset, as: UInt32.self)
        memory.storeBytes(of: type.rawValue, toByteOffset: payload - 1, as: UInt8.self)
        byteCount = payload + payloadByteCount
        recordCount += 1
        let position = LogPosition(segment: segment, offset: UInt32(start + offset))
        return (position, .init(start: memory + payload, count: payloadByteCount))
    }

    /// Computes the checksums and fills the header and the padding: ready to be written.
    func seal(logID: UInt64, previous: UInt32) {
        (memory + byteCount).initializeMemory(
            as: UInt8.self, repeating: 0, count: paddedByteCount - byteCount)
        let bytes = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
        var offset = BatchHeader.byteCount
        for _ in 0..<recordCount {
            guard let record = RecordHeader(.init(bytes), at: offset, end: byteCount) else {
                preconditionFailure("a batch that its own lengths do not fit")
            }
            let sum = record.computeChecksum(.init(bytes), at: offset).littleEndian
            bytes.storeBytes(of: sum, toByteOffset: offset + 4, as: UInt32.self)
            offset += record.byteCount
        }
        var header = BatchHeader(
            number: number, logID: logID, segment: segment,
            byteCount: UInt32(byteCount - BatchHeader.byteCount),
            recordCount: UInt32(recordCount), previous: previous)
        header.seal(bytes)
        checksum = header.checksum
        self.previous = previous
    }

    /// What is written to the segment at `start`.
    package var paddedBytes: UnsafeRawBufferPointer {
        .init(start: memory, count: paddedByteCount)
    }

    /// The bytes from `offset` in the segment to the end of the batch.
    ///
    /// - Precondition: `offset` lies within the batch. Valid while the batch is held.
    package func bytes(from offset: Int) -> UnsafeRawBufferPointer {
        precondition(offset >= start && offset <= start + byteCount)
        return .init(start: memory + (offset - start), count: byteCount - (offset - start))
    }

    private func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        let larger = max(capacity * 2, (needed + blockByteCount) & ~(blockByteCount - 1))
        let moved = UnsafeMutableRawPointer.allocate(
            byteCount: larger, alignment: blockByteCount)
        moved.copyMemory(from: memory, byteCount: byteCount)
        memory.deallocate()
        memory = moved
        capacity = larger
    }
}
