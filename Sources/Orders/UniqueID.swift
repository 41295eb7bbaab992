// SPDX-License-Identifier: MIT

/// A 128-bit identifier, written as a UUID (RFC 9562).
///
/// Held as two words so that hashing, comparing and copying cost no memory.
package struct UniqueID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// All bits zero: "none" on the wire, never an identifier.
    package static let zero = UniqueID(high: 0, low: 0)

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: UniqueID, right: UniqueID) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

// MARK: - Version 7

extension UniqueID {
    /// A UUIDv7: sorted by time, so that ids made later are greater.
    ///
    /// - Parameters:
    ///   - milliseconds: Unix time; the upper 16 of its 64 bits are dropped.
    ///   - random: 74 of its bits are used.
    package static func version7(
        milliseconds: UInt64,
        random: (UInt64, UInt64)
    ) -> UniqueID {
        let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
        return UniqueID(high: high, low: low)
    }

    /// A UUIDv7 at `milliseconds`, its random part drawn from `generator`.
    package static func version7(
        milliseconds: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> UniqueID {
        version7(milliseconds: milliseconds, random: (generator.next(), generator.next()))
    }

    /// The Unix time in milliseconds that a UUIDv7 carries; without meaning for other versions.
    package var milliseconds: UInt64 { high >> 16 }
}

// MARK: - Text

extension UniqueID: CustomStringConvertible, LosslessStringConvertible {
    /// Lower-case hexadecimal with dashes: `018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e`.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text.initializeElement(at: place, to: UInt8(ascii: "-"))
                    place += 1
                }
                let word = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF
                text.initializeElement(at: place, to: nibble + (nibble < 10 ? 0x30 : 0x57))
                place += 1
            }
            return place
        }
    }

    /// Accepts 32 hexadecimal digits, with the four dashes in their places or with none.
    package init?(_ description: String) {
        var words: (UInt64, UInt64) = (0, 0)
        var digitCount = 0
        let hasDashes = description.utf8.count == 36
        guard hasDashes || description.utf8.count == 32 else { return nil }
        for (index, byte) in description.utf8.enumerated() {
            if hasDashes, index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            if digitCount < 16 {
                words.0 = words.0 << 4 | UInt64(value)
            } else {
                words.1 = words.1 << 4 | UInt64(value)
            }
            digitCount += 1
        }
        guard digitCount == 32 else { return nil }
        self.init(high: words.0, low: words.1)
    }
}
