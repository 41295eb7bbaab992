// SPDX-License-Identifier: MIT

/// Writes batches to their segments and makes them durable. Confined to the thread that may block.
///
/// After an error nothing more may be written: what the disk holds is then unknown, and only
/// recovery can tell.
package struct SegmentWriter: ~Copyable {
    private let storage: any SegmentStorage
    private let geometry: LogGeometry
    private let logID: UInt64
    private var checksum: UInt32
    private var segment: SegmentNumber
    private var file: (any SegmentFile)?
    private var hasFailed = false
    /// How often something was made durable.
    package private(set) var synchronizeCount: UInt64 = 0

    /// Continues the log that ends at `end`.
    package init(storage: any SegmentStorage, after end: LogEnd, geometry: LogGeometry) {
        self.storage = storage
        self.geometry = geometry
        logID = end.logID
        checksum = end.checksum
        segment = end.segment
    }

    /// Returns when `batch` is durable.
    ///
    /// - Throws: a fatal error; the batch may be durable or not.
    package mutating func write(_ batch: LogBatch) throws(LogError) {
        precondition(!hasFailed, "a write after one that failed")
        hasFailed = true
        do {
            if batch.segment != segment || file == nil { try open(batch) }
            batch.seal(logID: logID, previous: checksum)
            try file?.write(batch.paddedBytes, at: batch.start)
            try file?.synchronize()
        } catch {
            throw LogError(error)
        }
        checksum = batch.checksum
        synchronizeCount += 1
        hasFailed = false
    }

    /// The segment before is durable by now, so that its successor's existence proves it whole.
    private mutating func open(_ batch: LogBatch) throws(StorageError) {
        let name = batch.segment.fileName
        guard batch.start == 0 else {
            // A start on a full disk: the log goes on where it ended.
            file = try storage.openFile(name)
            segment = batch.segment
            return
        }
        if let spare = batch.spare {
            try storage.renameFile(spare, to: name)
            file = try storage.openFile(name)
        } else {
            file = try storage.createFile(name, byteCount: geometry.segmentByteCount)
        }
        try storage.synchronizeDirectory()
        segment = batch.segment
    }
}
