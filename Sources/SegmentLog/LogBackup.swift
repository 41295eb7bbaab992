// SPDX-License-Identifier: MIT

/// Copies a log while its broker goes on writing it.
///
/// Needs nothing of the broker: batches are chained, so that a segment that was given back and
/// written over while it was copied shows in the copy, which the caller has to check before it is
/// one. What was durable when the copy began is in it; of what came later, a first part.
package struct LogBackup {
    private let source: any SegmentStorage
    private let target: any SegmentStorage
    private let geometry: LogGeometry
    private let memory: UnsafeMutableRawBufferPointer

    /// Read and written at once.
    private static let stepByteCount = 4 << 20

    /// Copies the newest snapshot and the segments of `source` to `target`, which is empty.
    ///
    /// - Returns: how many bytes.
    package static func run(
        from source: any SegmentStorage, to target: any SegmentStorage, geometry: LogGeometry
    ) throws(StorageError) -> Int {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: geometry.padded(stepByteCount), alignment: geometry.blockByteCount)
        defer { memory.deallocate() }
        let backup = LogBackup(
            source: source, target: target, geometry: geometry, memory: memory)
        let names = try source.fileNames()
        let snapshot = names.compactMap { SegmentNumber(snapshotFileName: $0) }.max()
        // In this order: the newest segment last, so that the copy holds all that was durable.
        let segments = names.compactMap { SegmentNumber(fileName: $0) }.sorted()
        var byteCount = 0
        for name in [snapshot?.snapshotFileName].compactMap({ $0 }) + segments.map(\.fileName) {
            byteCount += try backup.copy(name)
        }
        try target.synchronizeDirectory()
        return byteCount
    }

    private func copy(_ name: String) throws(StorageError) -> Int {
        let from = try source.openFile(name)
        let to = try target.createFile(name, byteCount: 0)
        let byteCount = try from.byteCount
        var offset = 0
        while offset < byteCount {
            let count = try from.read(into: memory, at: offset)
            guard count > 0 else { break }
            // The last block of a segment that was cut is made whole with zeros.
            let padded = geometry.padded(count)
            UnsafeMutableRawBufferPointer(rebasing: memory[count..<padded])
                .initializeMemory(as: UInt8.self, repeating: 0)
            try to.write(.init(rebasing: memory[0..<padded]), at: offset)
            offset += padded
        }
        try to.synchronize()
        return offset
    }
}
