// SPDX-License-Identifier: MIT
import DequeModule
import SegmentLog

/// What keeps each segment: messages that are not settled, dead ones included.
struct SegmentUsage {
    private struct Segment {
        let number: SegmentNumber
        var liveCount = 0
        /// Of the envelopes of those messages and what a record holds beside each.
        var liveByteCount = 0
    }

    private var segments: Deque<Segment> = []

    /// The oldest segment kept.
    var oldest: SegmentNumber? { segments.first?.number }

    /// Of all segments together.
    private(set) var liveByteCount = 0

    var count: Int { segments.count }

    /// The log goes on in `number`.
    mutating func begin(_ number: SegmentNumber) {
        segments.append(Segment(number: number))
    }

    /// All segments up to `number` belong to the log, from the oldest one on.
    mutating func begin(upTo number: SegmentNumber) {
        if segments.isEmpty { begin(number) }
        while let last = segments.last?.number, last < number { begin(last.next) }
    }

    mutating func retain(_ message: StoredMessage) {
        change(message, by: 1)
    }

    mutating func release(_ message: StoredMessage) {
        change(message, by: -1)
    }

    private mutating func change(_ message: StoredMessage, by sign: Int) {
        let byteCount = Int(message.envelopeByteCount) + JournalMessage.overhead
        let index = index(message.position.segment)
        segments[index].liveCount += sign
        segments[index].liveByteCount += sign * byteCount
        liveByteCount += sign * byteCount
    }

    /// Forgets segments before `first`, which are not there any more.
    ///
    /// - Returns: one of them that messages are still in, if there is any.
    mutating func removeAll(before first: SegmentNumber) -> SegmentNumber? {
        while let segment = segments.first, segment.number < first {
            if segment.liveCount > 0 { return segment.number }
            segments.removeFirst()
        }
        return nil
    }

    /// Where the oldest segments end that are to be rewritten, because too little of the whole log
    /// is alive: as many as are given back by rewriting half of them at most, until the next time.
    ///
    /// - Parameter byteCount: of a segment.
    func sparseEnd(of byteCount: Int, limits: EngineLimits) -> SegmentNumber? {
        guard segments.count > limits.rewriteSegmentCountMin,
            liveByteCount / 100 < segments.count * byteCount / 10_000 * limits.livePercentMin
        else { return nil }
        var budget = limits.snapshotSegmentCount * byteCount / 2
        var end: SegmentNumber?
        for segment in segments.dropLast() {
            budget -= segment.liveByteCount
            guard budget >= 0 else { break }
            end = segment.number.next
        }
        return end
    }

    /// Whether the oldest segment lies before `limit` and nothing in it is alive.
    func hasUnused(before limit: SegmentNumber) -> Bool {
        segments.first.map { $0.number < limit && $0.liveCount == 0 } ?? false
    }

    /// Takes that segment.
    mutating func popUnused(before limit: SegmentNumber) -> SegmentNumber? {
        guard hasUnused(before: limit) else { return nil }
        return segments.removeFirst().number
    }

    private func index(_ segment: SegmentNumber) -> Int {
        guard let first = segments.first else { preconditionFailure("no segment at all") }
        return Int(segment.rawValue - first.number.rawValue)
    }
}
