// SPDX-License-Identifier: MIT

/// A stretch of a segment read back from disk, for messages no longer held in memory.
package final class LogExcerpt: Sendable {
    package let segment: SegmentNumber
    /// Where in the segment the stretch begins.
    package let start: Int
    private let contents: [UInt8]
    /// Where in the stretch whole records begin that check: each is checked once, however many
    /// messages of it are wanted.
    private let records: [UInt32]

    /// A batch begins at a multiple of this, wherever it was written.
    private static let sectorByteCount = 512
    /// How far behind the end of one batch the next begins, at most.
    private static let paddingByteCountMax = 4096

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
        records = contents.withUnsafeBytes { [start] in Self.records(in: $0, at: start) }
        guard records.first == 0 else {
            throw LogError(
                .damaged, file: segment.fileName, offset: start,
                "a record that was durable is damaged")
        }
    }

    /// Whether the whole record at `position` is here, and checks.
    package func holds(_ position: LogPosition) -> Bool { offset(of: position) != nil }

    /// Hands `body` the bytes from `position` on; nil unless the whole record there is here, and
    /// checks.
    package func withBytes<T>(
        at position: LogPosition, _ body: (UnsafeRawBufferPointer) -> T?
    ) -> T? {
        guard let offset = offset(of: position) else { return nil }
        return contents.withUnsafeBytes { body(.init(rebasing: $0[offset...])) }
    }

    private func offset(of position: LogPosition) -> Int? {
        let offset = Int(position.offset) - start
        guard position.segment == segment, offset >= 0, offset < contents.count else { return nil }
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low] == offset ? offset : nil
    }

    // MARK: - Reading

    private static func records(in bytes: UnsafeRawBufferPointer, at start: Int) -> [UInt32] {
        var records: [UInt32] = []
        var offset = 0
        while true {
            if let header = RecordHeader(bytes, at: offset, end: bytes.count),
                header.checksum == header.computeChecksum(bytes, at: offset)
            {
                records.append(UInt32(offset))
                offset += header.byteCount
            } else if !records.isEmpty, let batch = nextBatch(in: bytes, at: start, from: offset) {
                offset = batch + BatchHeader.byteCount
            } else {
                return records
            }
        }
    }

    /// Where the batch begins that follows one that ends at `offset`.
    private static func nextBatch(
        in bytes: UnsafeRawBufferPointer, at start: Int, from offset: Int
    ) -> Int? {
        let sector = sectorByteCount
        let first = (start + offset + sector - 1) / sector * sector - start
        for candidate in stride(from: first, to: offset + paddingByteCountMax, by: sector)
        where candidate + BatchHeader.byteCount < bytes.count {
            if BatchHeader(.init(rebasing: bytes[candidate...])) != nil { return candidate }
        }
        return nil
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
