// SPDX-License-Identifier: MIT
package import NIOCore
package import Orders

/// Writes fields as `WireReader` reads them.
extension ByteBuffer {
    package mutating func writeWireInteger(_ value: some FixedWidthInteger) {
        writeInteger(value, endianness: .little)
    }

    package mutating func writeWireBool(_ value: Bool) {
        writeInteger(value ? 1 : 0, as: UInt8.self)
    }

    package mutating func writeWireID(_ value: UniqueID) {
        writeMultipleIntegers(value.high, value.low, endianness: .little)
    }

    /// - Precondition: at most `max` bytes; who makes the value checks it.
    package mutating func writeWireString(_ value: String, max: Int) {
        let count = value.utf8.count
        precondition(count <= max, "\(count) bytes of string, at most \(max)")
        writeWireInteger(UInt16(count))
        writeString(value)
    }

    /// Text for people: cut at `max` bytes, at the end of a character.
    package mutating func writeWireText(_ value: String, max: Int) {
        guard value.utf8.count > max else { return writeWireString(value, max: max) }
        var kept = value.prefix(max)
        while kept.utf8.count > max { kept.removeLast() }
        writeWireString(String(kept), max: max)
    }

    /// - Precondition: at most `max` bytes.
    package mutating func writeWireBytes(_ value: ByteBuffer, max: Int) {
        precondition(value.readableBytes <= max, "\(value.readableBytes) bytes, at most \(max)")
        writeWireInteger(UInt32(value.readableBytes))
        writeImmutableBuffer(value)
    }

    package mutating func writeWireStructure(_ value: some WireStructure) {
        let start = writerIndex
        writeInteger(0, as: UInt32.self)
        value.write(to: &self)
        setInteger(UInt32(writerIndex - start - 4), at: start, endianness: .little)
    }

    // MARK: - Lists

    package mutating func writeWireIntegers(_ values: [some FixedWidthInteger], max: Int) {
        writeCount(values.count, max: max)
        for value in values { writeWireInteger(value) }
    }

    package mutating func writeWireBools(_ values: [Bool], max: Int) {
        writeCount(values.count, max: max)
        for value in values { writeWireBool(value) }
    }

    package mutating func writeWireIDs(_ values: [UniqueID], max: Int) {
        writeCount(values.count, max: max)
        for value in values { writeWireID(value) }
    }

    package mutating func writeWireEnumerations(
        _ values: [some RawRepresentable<UInt8>], max: Int
    ) {
        writeCount(values.count, max: max)
        for value in values { writeWireInteger(value.rawValue) }
    }

    package mutating func writeWireStructures(_ values: [some WireStructure], max: Int) {
        writeCount(values.count, max: max)
        for value in values { writeWireStructure(value) }
    }

    private mutating func writeCount(_ count: Int, max: Int) {
        precondition(count <= max, "\(count) elements, at most \(max)")
        writeWireInteger(UInt32(count))
    }
}
