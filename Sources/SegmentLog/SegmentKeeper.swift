// SPDX-License-Identifier: MIT

/// Makes spare segments ahead of need and takes back those that hold nothing any more.
///
/// Blocks; works beside the writer and touches no segment that the writer may.
package struct SegmentKeeper: Sendable {
    private let storage: any SegmentStorage
    private let geometry: LogGeometry

    package init(storage: any SegmentStorage, geometry: LogGeometry) {
        self.storage = storage
        self.geometry = geometry
    }

    /// Makes a spare segment of zeros.
    ///
    /// - Returns: its file's name.
    package func makeSpare(_ index: UInt64) throws(StorageError) -> String {
        let name = "\(Self.spareNamePrefix)\(index)"
        do {
            _ = try storage.createFile(name, byteCount: geometry.segmentByteCount)
        } catch {
            // Half a file would take the room that the next attempt needs.
            try? storage.removeFile(name)
            throw error
        }
        try storage.synchronizeDirectory()
        return name
    }

    /// Makes a spare of a segment that holds nothing any more, or removes it.
    ///
    /// What it held need not be overwritten: the numbers of its batches are of the past.
    /// - Returns: the spare's name, or nil when the segment is not of the size wanted now.
    package func recycle(
        _ segment: SegmentNumber, asSpare index: UInt64?
    ) throws(StorageError) -> String? {
        let name = segment.fileName
        var spare: String?
        if let index, try storage.openFile(name).byteCount == geometry.segmentByteCount {
            let newName = "\(Self.spareNamePrefix)\(index)"
            try storage.renameFile(name, to: newName)
            spare = newName
        } else {
            try storage.removeFile(name)
        }
        // One at a time, so that a crash cannot leave a gap in the numbers.
        try storage.synchronizeDirectory()
        return spare
    }

    /// The number in the name of a spare; nil for other files.
    package static func index(ofSpare name: String) -> UInt64? {
        guard name.hasPrefix(spareNamePrefix) else { return nil }
        return UInt64(name.dropFirst(spareNamePrefix.count))
    }

    private static let spareNamePrefix = "spare-"
}
