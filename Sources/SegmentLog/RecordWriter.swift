// SPDX-License-Identifier: MIT

/// Fills the payload of a record from front to back, integers little-endian.
///
/// - Precondition of every method: the bytes fit; who reserves the payload counts them first.
public struct RecordWriter {
    @usableFromInline let bytes: UnsafeMutableRawBufferPointer
    @usableFromInline var position = 0

    /// Bytes written so far.
    @inlinable public var offset: Int { position }

    /// Fills `bytes` from the front.
    @inlinable
    public init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    /// Writes an integer, its lowest byte first.
    @inlinable @inline(__always)
    public mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        write(raw: value.littleEndian)
    }

    /// Writes bytes as they are.
    @inlinable @inline(__always)
    public mutating func write(_ source: UnsafeRawBufferPointer) {
        guard source.count > 0 else { return }
        UnsafeMutableRawBufferPointer(rebasing: bytes[position..<position + source.count])
            .copyMemory(from: source)
        position += source.count
    }

    /// Two bytes of length, then UTF-8; text that is longer than that allows is cut.
    public mutating func write(_ text: String) {
        let utf8 = text.utf8.prefix(RecordWriter.textByteCountMax)
        write(UInt16(utf8.count))
        for byte in utf8 {
            bytes[position] = byte
            position += 1
        }
    }

    /// The bytes that `write(_:)` takes for `text`.
    public static func byteCount(of text: String) -> Int {
        2 + min(text.utf8.count, textByteCountMax)
    }

    /// The longest text kept in a record: enough for a reason or an error, little enough for many.
    public static let textByteCountMax = 1024

    @inlinable @inline(__always)
    mutating func write<T: BitwiseCopyable>(raw value: T) {
        bytes.storeBytes(of: value, toByteOffset: position, as: T.self)
        position += MemoryLayout<T>.size
    }
}
