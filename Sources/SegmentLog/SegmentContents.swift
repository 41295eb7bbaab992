// SPDX-License-Identifier: MIT

/// All bytes of a segment's file, in memory.
final class SegmentContents {
    private let memory: UnsafeMutableRawBufferPointer
    private let count: Int

    init(_ file: any SegmentFile, _ geometry: LogGeometry) throws(StorageError) {
        let byteCount = try file.byteCount
        memory = .allocate(
            byteCount: max(geometry.padded(byteCount), geometry.blockByteCount),
            alignment: geometry.blockByteCount)
        do {
            count = try Self.fill(memory, from: file, byteCount: byteCount)
        } catch {
            memory.deallocate()
            throw error
        }
    }

    deinit { memory.deallocate() }

    /// Valid while the object lives.
    var bytes: UnsafeRawBufferPointer { .init(rebasing: memory[0..<count]) }

    private static func fill(
        _ memory: UnsafeMutableRawBufferPointer, from file: any SegmentFile, byteCount: Int
    ) throws(StorageError) -> Int {
        var offset = 0
        while offset < byteCount {
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<byteCount])
            let count = try file.read(into: rest, at: offset)
            guard count > 0 else { break }
            offset += count
        }
        return offset
    }
}
