// SPDX-License-Identifier: MIT
package import NIOCore
package import Orders

/// Reads the fields of a body in place. Every length is checked against what is there and against
/// the field's own limit before anything is allocated.
package struct WireReader {
    private var buffer: ByteBuffer
    /// Where the structure being read ends; no field reaches beyond.
    private var end: Int

    package init(_ body: ByteBuffer) {
        buffer = body
        end = body.writerIndex
    }

    private var remaining: Int { end - buffer.readerIndex }

    // MARK: - Scalars

    package mutating func readInteger<T: FixedWidthInteger>(
        _ field: StaticString
    ) throws(WireError) -> T {
        guard remaining >= MemoryLayout<T>.size,
            let value = buffer.readInteger(endianness: .little, as: T.self)
        else { throw .truncated(field: "\(field)") }
        return value
    }

    package mutating func readBool(_ field: StaticString) throws(WireError) -> Bool {
        let value: UInt8 = try readInteger(field)
        guard value <= 1 else { throw .unknownValue(field: "\(field)", value: value) }
        return value == 1
    }

    /// Two words, the high one first, each little-endian.
    package mutating func readID(_ field: StaticString) throws(WireError) -> UniqueID {
        let high: UInt64 = try readInteger(field)
        return UniqueID(high: high, low: try readInteger(field))
    }

    package mutating func readEnumeration<T: RawRepresentable<UInt8>>(
        _ field: StaticString
    ) throws(WireError) -> T {
        let value: UInt8 = try readInteger(field)
        guard let known = T(rawValue: value) else {
            throw .unknownValue(field: "\(field)", value: value)
        }
        return known
    }

    // MARK: - Lengths first

    package mutating func readString(
        _ field: StaticString, max: Int
    ) throws(WireError) -> String {
        let prefix: UInt16 = try readInteger(field)
        let count = Int(prefix)
        guard count <= max else { throw .tooLong(field: "\(field)", count: count, max: max) }
        guard remaining >= count else { throw .truncated(field: "\(field)") }
        let text = buffer.withUnsafeReadableBytes { bytes in
            Self.text(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
        guard let text else { throw .badText(field: "\(field)") }
        buffer.moveReaderIndex(forwardBy: count)
        return text
    }

    /// nil unless it is UTF-8. Names are ASCII nearly always, which is seen at once.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A slice of the body itself: nothing is copied.
    package mutating func readBytes(
        _ field: StaticString, max: Int
    ) throws(WireError) -> ByteBuffer {
        let count: UInt32 = try readInteger(field)
        return try readSlice(field, count: Int(count), max: max)
    }

    private mutating func readSlice(
        _ field: StaticString, count: Int, max: Int
    ) throws(WireError) -> ByteBuffer {
        guard count <= max else { throw .tooLong(field: "\(field)", count: count, max: max) }
        guard remaining >= count, let slice = buffer.readSlice(length: count)
        else { throw .truncated(field: "\(field)") }
        return slice
    }

    package mutating func readStructure<T: WireStructure>(
        _ field: StaticString
    ) throws(WireError) -> T {
        let byteCount: UInt32 = try readInteger(field)
        guard remaining >= Int(byteCount) else { throw .truncated(field: "\(field)") }
        let outerEnd = end
        end = buffer.readerIndex + Int(byteCount)
        let value = try T(from: &self)
        buffer.moveReaderIndex(to: end)
        end = outerEnd
        return value
    }

    // MARK: - Lists

    package mutating func readIntegers<T: FixedWidthInteger>(
        _ field: StaticString, max: Int
    ) throws(WireError) -> [T] {
        try readList(field, max: max, elementByteCountMin: MemoryLayout<T>.size) {
            reader throws(WireError) in try reader.readInteger(field)
        }
    }

    package mutating func readBools(
        _ field: StaticString, max: Int
    ) throws(WireError) -> [Bool] {
        try readList(field, max: max, elementByteCountMin: 1) {
            reader throws(WireError) in try reader.readBool(field)
        }
    }

    package mutating func readIDs(
        _ field: StaticString, max: Int
    ) throws(WireError) -> [UniqueID] {
        try readList(field, max: max, elementByteCountMin: 16) {
            reader throws(WireError) in try reader.readID(field)
        }
    }

    package mutating func readEnumerations<T: RawRepresentable<UInt8>>(
        _ field: StaticString, max: Int
    ) throws(WireError) -> [T] {
        try readList(field, max: max, elementByteCountMin: 1) {
            reader throws(WireError) in try reader.readEnumeration(field)
        }
    }

    package mutating func readStructures<T: WireStructure>(
        _ field: StaticString, max: Int
    ) throws(WireError) -> [T] {
        try readList(field, max: max, elementByteCountMin: 4) {
            reader throws(WireError) in try reader.readStructure(field)
        }
    }

    private mutating func readList<T>(
        _ field: StaticString, max: Int, elementByteCountMin: Int,
        _ readElement: (inout WireReader) throws(WireError) -> T
    ) throws(WireError) -> [T] {
        let declared: UInt32 = try readInteger(field)
        let count = Int(declared)
        guard count <= max else { throw .tooLong(field: "\(field)", count: count, max: max) }
        // A count that the bytes left cannot hold is a lie; find it before reserving room.
        guard count <= remaining / elementByteCountMin else {
            throw .truncated(field: "\(field)")
        }
        var elements: [T] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try readElement(&self)) }
        return elements
    }
}
