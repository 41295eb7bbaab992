// SPDX-License-Identifier: MIT

/// A stretch of a segment read back from disk, for messages no longer held in memory.
package final class LogExcerpt: Sendable {
    package let segment: SegmentNumber
    /// Where in the segment the stretch begins.
    package let start: Int
    private let contents: [UInt8]

    /// Reads at least the whole record at `position`, and what follows it up to `byteCount`.
    ///
    /// Blocks. Reads nothing at or behind `limit`, where the writer may be.
    /// - Throws: `damaged` when the record does not check.
    package init(
        from storage: any SegmentStorage, at position: LogPosition, byteCount: Int, limit: Int
    ) throws(LogError) {
        segment = position.segment
        start = Int(position.offset)
        do {
            let file = try storage.openFile(segment.fileName)
            var bytes = try Self.read(file, at: start, byteCount: min(byteCount, limit - start))
            let needed = Self.recordByteCount(bytes)
            if needed > bytes.count, start + needed <= limit {
                bytes = try Self.read(file, at: start, byteCount: needed)
            }
            contents = bytes
        } catch {
            throw LogError(error)
        }
        guard
            contents.withUnsafeBytes({ LogRecord(checking: $0, at: 0, position: position) }) != nil
        else {
            throw LogError(
                .damaged, file: segment.fileName, offset: start,
                "a record that was durable is damaged")
        }
    }

    /// Hands `body` the bytes from `position` on; nil when it lies outside.
    package func withBytes<T>(
        at position: LogPosition, _ body: (UnsafeRawBufferPointer) -> T?
    ) -> T? {
        let offset = Int(position.offset) - start
        guard position.segment == segment, offset >= 0, offset < contents.count else { return nil }
        return contents.withUnsafeBytes { body(.init(rebasing: $0[offset...])) }
    }

    private static func read(
        _ file: any SegmentFile, at offset: Int, byteCount: Int
    ) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(byteCount, 0)) { buffer, count in
            do {
                count = try file.read(into: .init(buffer), at: offset)
            } catch {
                failure = error as? StorageError
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func recordByteCount(_ bytes: [UInt8]) -> Int {
        guard bytes.count >= 4 else { return RecordHeader.byteCount }
        return bytes.withUnsafeBytes {
            RecordHeader.prefixByteCount
                + Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)))
        }
    }
}
