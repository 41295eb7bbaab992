// SPDX-License-Identifier: MIT

/// Reads what `RecordWriter` wrote.
///
/// Public, as `RecordWriter` is, though only this package uses them: of what is merely `package`, the
/// compiler neither specialises nor inlines a generic function in another module, and a message is
/// read and written in a dozen of them.
public struct RecordReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var position = 0

    /// Bytes read so far.
    @inlinable public var offset: Int { position }

    /// The payload ended within a field.
    public struct Truncated: Error {
        /// There is nothing more to say of it.
        @inlinable public init() {}
    }

    /// Reads `bytes` from the front; they must stay valid.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Bytes not read yet.
    @inlinable public var remaining: Int { bytes.count - position }

    /// Reads an integer, its lowest byte first.
    @inlinable @inline(__always)
    public mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type = T.self
    ) throws(Truncated) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw Truncated() }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: T.self)
        position += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    /// Reads so many bytes; valid as long as the payload is.
    @inlinable @inline(__always)
    public mutating func read(byteCount: Int) throws(Truncated) -> UnsafeRawBufferPointer {
        guard byteCount >= 0, remaining >= byteCount else { throw Truncated() }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + byteCount])
        position += byteCount
        return slice
    }

    /// Text; bytes that are not UTF-8 (a cut in mid-character) are replaced.
    public mutating func readText() throws(Truncated) -> String {
        let count = try read(UInt16.self)
        return String(decoding: try read(byteCount: Int(count)), as: UTF8.self)
    }
}
