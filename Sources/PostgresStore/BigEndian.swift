// SPDX-License-Identifier: MIT
import Orders

// PostgreSQL's binary forms are big-endian, unlike the mesh's own protocol.

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension FixedWidthInteger {
    /// Reads exactly as many bytes as the integer has; nil when there are more or fewer.
    init?(bigEndian bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bitWidth / 8 else { return nil }
        var value: Self = 0
        for byte in bytes {
            value = value << 8 | Self(truncatingIfNeeded: byte)
        }
        self = value
    }
}

extension MeshInstant {
    /// PostgreSQL counts from the start of the year 2000: this many microseconds after Unix.
    private static let postgresEpochMicroseconds: Int64 = 946_684_800_000_000

    /// Rounded down to the microsecond, also before 1970.
    var postgresMicroseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        return quotient - (remainder < 0 ? 1 : 0) - Self.postgresEpochMicroseconds
    }

    /// Clamped to the range of `MeshInstant`; `infinity` becomes the distant future.
    init(postgresMicroseconds microseconds: Int64) {
        let (unix, overflow) =
            microseconds.addingReportingOverflow(Self.postgresEpochMicroseconds)
        let (product, overflows) = unix.multipliedReportingOverflow(by: 1000)
        if overflow || overflows {
            self.init(nanoseconds: microseconds < 0 ? .min : .max)
        } else {
            self.init(nanoseconds: product)
        }
    }
}
