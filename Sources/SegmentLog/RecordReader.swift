// SPDX-License-Identifier: MIT

/// Reads what `RecordWriter` wrote.
package struct RecordReader {
    // Specialised where it is used: a frame is read field by field, a million times a second.
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var position = 0

    /// Bytes read so far.
    @inlinable package var offset: Int { position }

    /// The payload ended within a field.
    package struct Truncated: Error {
        @inlinable package init() {}
    }

    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inlinable package var remaining: Int { bytes.count - position }

    @inlinable
    package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type = T.self
    ) throws(Truncated) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw Truncated() }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: T.self)
        position += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    @inlinable
    package mutating func read(byteCount: Int) throws(Truncated) -> UnsafeRawBufferPointer {
        guard byteCount >= 0, remaining >= byteCount else { throw Truncated() }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + byteCount])
        position += byteCount
        return slice
    }

    /// Text; bytes that are not UTF-8 (a cut in mid-character) are replaced.
    package mutating func readText() throws(Truncated) -> String {
        let count = try read(UInt16.self)
        return String(decoding: try read(byteCount: Int(count)), as: UTF8.self)
    }
}
