// SPDX-License-Identifier: MIT

/// Reads what `RecordWriter` wrote.
package struct RecordReader {
    private let bytes: UnsafeRawBufferPointer
    /// Bytes read so far.
    package private(set) var offset = 0

    /// The payload ended within a field.
    package struct Truncated: Error {
        package init() {}
    }

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.count - offset }

    package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type = T.self
    ) throws(Truncated) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw Truncated() }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    package mutating func read(byteCount: Int) throws(Truncated) -> UnsafeRawBufferPointer {
        guard byteCount >= 0, remaining >= byteCount else { throw Truncated() }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + byteCount])
        offset += byteCount
        return slice
    }

    /// Text; bytes that are not UTF-8 (a cut in mid-character) are replaced.
    package mutating func readText() throws(Truncated) -> String {
        let count = try read(UInt16.self)
        return String(decoding: try read(byteCount: Int(count)), as: UTF8.self)
    }
}
