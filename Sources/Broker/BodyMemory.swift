// SPDX-License-Identifier: MIT
import DequeModule
import QueueState
import SegmentLog

/// The parts of the log whose messages can be delivered at once: its newest batches, and stretches
/// read back from disk for a queue that lags behind.
struct BodyMemory: ~Copyable {
    private var recent: RecentLog
    private var excerpts: Deque<LogExcerpt> = []
    /// The record asked for last. Messages of one batch share a record, each is asked for twice, and
    /// a record that was read back is checked as a whole: a thousand times, without this.
    private var latest: (position: LogPosition, source: Source)?

    private enum Source {
        case batch(LogBatch)
        case excerpt(LogExcerpt)
    }

    /// A stretch: several times what consumers have in hand, so that their requests still come in
    /// large batches while the next is read.
    static let excerptByteCount = 1 << 20
    /// One for each of the queues that may lag at a time.
    private static let excerptCountMax = 16

    init(byteCountMax: Int) {
        recent = RecentLog(byteCountMax: byteCountMax)
    }

    /// - Parameter recycle: gets each batch that has to go for it.
    mutating func append(_ batch: LogBatch, recycle: (consuming LogBatch) -> Void) {
        latest = nil
        recent.append(batch, recycle: recycle)
    }

    mutating func append(_ excerpt: LogExcerpt) {
        if excerpts.count == Self.excerptCountMax { excerpts.removeFirst() }
        excerpts.append(excerpt)
    }

    mutating func holds(_ position: LogPosition) -> Bool { find(position) != nil }

    /// Hands `body` the envelope at `place`; nil when it is not in memory.
    mutating func withEnvelope<T>(
        _ place: EnvelopePlace, _ body: (UnsafeRawBufferPointer) -> T
    ) -> T? {
        switch find(place.position) {
        case .batch(let batch):
            body(Self.envelope(place, batch.bytes(from: Int(place.position.offset))))
        case .excerpt(let excerpt):
            excerpt.withBytes(at: place.position) { body(Self.envelope(place, $0)) }
        case nil: nil
        }
    }

    private mutating func find(_ position: LogPosition) -> Source? {
        if let latest, latest.position == position { return latest.source }
        let source: Source? =
            if let batch = recent.batch(at: position) {
                .batch(batch)
            } else {
                excerpt(at: position).map(Source.excerpt)
            }
        if let source { latest = (position, source) }
        return source
    }

    /// The stretch in which the whole record at `position` lies and checks.
    private func excerpt(at position: LogPosition) -> LogExcerpt? {
        excerpts.last { $0.holds(position) }
    }

    private static func envelope(
        _ place: EnvelopePlace, _ bytes: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        .init(rebasing: bytes[place.delta..<place.delta + place.byteCount])
    }
}
