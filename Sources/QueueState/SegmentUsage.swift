// SPDX-License-Identifier: MIT
import DequeModule
import SegmentLog

/// What keeps each segment: messages that are not settled, dead ones included, and ids that are
/// still remembered.
struct SegmentUsage {
    private struct Segment {
        let number: SegmentNumber
        var liveCount = 0
        /// How many ids had been published when the segment was left.
        var ordinalEnd: UInt64 = 0
    }

    private var segments: Deque<Segment> = []

    var count: Int { segments.count }

    /// The log goes on in `number`.
    mutating func begin(_ number: SegmentNumber, ordinal: UInt64) {
        if !segments.isEmpty { segments[segments.count - 1].ordinalEnd = ordinal }
        segments.append(Segment(number: number))
    }

    mutating func retain(_ segment: SegmentNumber) {
        segments[index(segment)].liveCount += 1
    }

    mutating func release(_ segment: SegmentNumber) {
        segments[index(segment)].liveCount -= 1
    }

    /// Takes the oldest segment if it lies before `current` and nothing in it is alive, and either
    /// its ids are all older than `ordinal` or there are more than `retainedMax` segments.
    mutating func popUnused(
        before current: SegmentNumber, ordinal: UInt64, retainedMax: Int
    ) -> (number: SegmentNumber, ordinalEnd: UInt64)? {
        guard let first = segments.first, first.number < current, first.liveCount == 0,
            first.ordinalEnd <= ordinal || segments.count > retainedMax
        else { return nil }
        segments.removeFirst()
        return (first.number, first.ordinalEnd)
    }

    private func index(_ segment: SegmentNumber) -> Int {
        guard let first = segments.first else { preconditionFailure("no segment at all") }
        return Int(segment.rawValue - first.number.rawValue)
    }
}
