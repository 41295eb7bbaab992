// SPDX-License-Identifier: MIT

/// Where a record begins.
package struct LogPosition: Hashable, Comparable, Sendable {
    package let segment: SegmentNumber
    /// Bytes from the beginning of the segment.
    package let offset: UInt32

    package init(segment: SegmentNumber, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        left.segment != right.segment ? left.segment < right.segment : left.offset < right.offset
    }
}
