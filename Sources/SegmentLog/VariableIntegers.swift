// SPDX-License-Identifier: MIT

/// Integers that are small most of the time: seven bits a byte from the lowest on, the upper bit set
/// in all but the last (LEB128).
extension RecordWriter {
    /// Writes `value` in 1 to 10 bytes.
    @inlinable
    public mutating func write(variable value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            write(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        write(UInt8(rest))
    }

    /// Writes how far `value` lies from `base`, in either direction, in 1 to 10 bytes.
    @inlinable
    public mutating func write(difference value: UInt64, from base: UInt64) {
        let difference = Int64(bitPattern: value &- base)
        // Small for small differences of both signs.
        write(variable: UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
    }
}

extension RecordReader {
    /// Reads what `write(variable:)` wrote; bits beyond the 64th are dropped.
    ///
    /// - Throws: when the payload ends within it, or it has no end after 10 bytes.
    @inlinable @inline(__always)
    public mutating func readVariable() throws(Truncated) -> UInt64 {
        let first: UInt8 = try read()
        if first < 0x80 { return UInt64(first) }
        return try readVariable(behind: first)
    }

    @usableFromInline
    mutating func readVariable(behind first: UInt8) throws(Truncated) -> UInt64 {
        var value = UInt64(first & 0x7F)
        for shift in stride(from: UInt64(7), through: 63, by: 7) {
            let byte: UInt8 = try read()
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Truncated()
    }

    /// Reads what `write(difference:from:)` wrote with the same `base`.
    ///
    /// - Throws: as `readVariable` does.
    @inlinable @inline(__always)
    public mutating func readDifference(from base: UInt64) throws(Truncated) -> UInt64 {
        let folded = try readVariable()
        return base &+ ((folded >> 1) ^ (0 &- (folded & 1)))
    }
}
