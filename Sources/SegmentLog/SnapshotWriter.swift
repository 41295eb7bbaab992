// SPDX-License-Identifier: MIT

/// Writes a snapshot: what all segments before one come to, so that recovery begins there.
///
/// A file of batches like a segment's, numbered from 1 and chained among themselves. It bears a
/// temporary name until all of it is durable: a snapshot that has its name is whole, or damaged.
/// Blocks; works beside the writer of the log.
package struct SnapshotWriter: ~Copyable {
    private let storage: any SegmentStorage
    private let geometry: LogGeometry
    private let segment: SegmentNumber
    private let logID: UInt64
    private let file: any SegmentFile
    private var batch: LogBatch
    private var checksum: UInt32 = 0
    private var recordCount: UInt64 = 0

    /// A batch that has grown to this is written.
    private static let batchByteCountMax = 1 << 20
    static let temporaryName = "snapshot-unfinished"

    /// Begins a snapshot of the log up to `end`, where `segment` begins.
    package init(
        storage: any SegmentStorage, geometry: LogGeometry, before segment: SegmentNumber,
        end: LogEnd
    ) throws(StorageError) {
        self.storage = storage
        self.geometry = geometry
        self.segment = segment
        logID = end.logID
        file = try storage.createFile(Self.temporaryName, byteCount: 0)
        batch = LogBatch(
            segment: segment, number: 1, start: 0, spare: nil, capacity: 0, geometry: geometry)
        let (_, payload) = batch.append(
            .snapshotHeader, payloadByteCount: SnapshotHeader.byteCount)
        SnapshotHeader(segment: segment, end: end).write(to: payload)
        recordCount = 1
    }

    /// Adds a record whose payload the caller fills at once.
    package mutating func append(
        _ type: RecordType, payloadByteCount: Int
    ) throws(StorageError) -> UnsafeMutableRawBufferPointer {
        let limit = min(Self.batchByteCountMax, geometry.batchByteCountMax)
        if batch.byteCount + RecordHeader.byteCount + payloadByteCount > limit { try write() }
        recordCount += 1
        return batch.append(type, payloadByteCount: payloadByteCount).payload
    }

    /// Makes the snapshot durable and gives it its name; those before it are removed.
    ///
    /// - Returns: the bytes of its file.
    package consuming func finish() throws(StorageError) -> Int {
        let payload = try append(.snapshotEnd, payloadByteCount: 8)
        var writer = RecordWriter(payload)
        writer.write(recordCount)
        let byteCount = batch.end
        try write()
        try file.synchronize()
        try storage.renameFile(Self.temporaryName, to: segment.snapshotFileName)
        try storage.synchronizeDirectory()
        try SnapshotWriter.removeAll(in: storage, before: segment)
        return byteCount
    }

    /// Removes snapshots that a later one replaces: those of segments before `segment`, or all.
    package static func removeAll(
        in storage: any SegmentStorage, before segment: SegmentNumber? = nil
    ) throws(StorageError) {
        for name in try storage.fileNames() {
            guard let found = SegmentNumber(snapshotFileName: name),
                segment.map({ found < $0 }) ?? true
            else { continue }
            try storage.removeFile(name)
        }
        try storage.synchronizeDirectory()
    }

    /// Removes what an attempt that failed has left, for the room it takes.
    package static func removeUnfinished(in storage: any SegmentStorage) throws(StorageError) {
        try storage.removeFile(temporaryName)
    }

    private mutating func write() throws(StorageError) {
        guard batch.recordCount > 0 else { return }
        batch.seal(logID: logID, previous: checksum)
        try file.write(batch.paddedBytes, at: batch.start)
        checksum = batch.checksum
        batch = LogBatch(
            segment: segment, number: batch.number + 1, start: batch.end, spare: nil,
            capacity: batch.capacity, geometry: geometry)
    }
}
