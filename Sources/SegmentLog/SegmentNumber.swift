// SPDX-License-Identifier: MIT

/// The place of a segment in its log, from 1; also its file's name.
package struct SegmentNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// From a file's name; nil when it is not a segment's.
    package init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix), fileName.utf8.count == 10 + Self.suffix.utf8.count,
            let number = UInt32(fileName.dropLast(Self.suffix.count))
        else { return nil }
        rawValue = number
    }

    /// Ten digits, so that a listing is sorted: `0000000001.segment`.
    package var fileName: String {
        let digits = String(rawValue)
        return String(repeating: "0", count: 10 - digits.count) + digits + Self.suffix
    }

    package var next: SegmentNumber { SegmentNumber(rawValue + 1) }

    package var description: String { String(rawValue) }

    package static func < (left: SegmentNumber, right: SegmentNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    private static let suffix = ".segment"
}
