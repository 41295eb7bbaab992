// SPDX-License-Identifier: MIT

/// The place of a segment in its log, from 1; also its file's name.
package struct SegmentNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// From a file's name; nil when it is not a segment's.
    package init?(fileName: String) {
        self.init(fileName, suffix: Self.suffix)
    }

    /// From the name of a snapshot: the segment before which it was taken.
    package init?(snapshotFileName: String) {
        self.init(snapshotFileName, suffix: Self.snapshotSuffix)
    }

    private init?(_ name: String, suffix: String) {
        guard name.hasSuffix(suffix), name.utf8.count == 10 + suffix.utf8.count,
            let number = UInt32(name.dropLast(suffix.count))
        else { return nil }
        rawValue = number
    }

    /// `0000000001.segment`
    package var fileName: String { digits + Self.suffix }

    /// `0000000001.snapshot`, of what all segments before this one come to.
    package var snapshotFileName: String { digits + Self.snapshotSuffix }

    /// Ten, so that a listing is sorted.
    private var digits: String {
        let digits = String(rawValue)
        return String(repeating: "0", count: 10 - digits.count) + digits
    }

    package var next: SegmentNumber { SegmentNumber(rawValue + 1) }

    package var description: String { String(rawValue) }

    package static func < (left: SegmentNumber, right: SegmentNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    private static let suffix = ".segment"
    private static let snapshotSuffix = ".snapshot"
}
