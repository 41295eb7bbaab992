// SPDX-License-Identifier: MIT
import DequeModule
import QueueState
import SegmentLog

/// The parts of the log whose messages can be delivered at once: its newest batches, and stretches
/// read back from disk for a queue that lags behind.
struct BodyMemory: ~Copyable {
    private var recent: RecentLog
    private var excerpts: Deque<LogExcerpt> = []

    /// A stretch: so many small messages at a time that reading them costs little each.
    static let excerptByteCount = 256 << 10
    /// One for each of the queues that may lag at a time.
    private static let excerptCountMax = 16

    init(byteCountMax: Int) {
        recent = RecentLog(byteCountMax: byteCountMax)
    }

    /// - Parameter recycle: gets each batch that has to go for it.
    mutating func append(_ batch: LogBatch, recycle: (consuming LogBatch) -> Void) {
        recent.append(batch, recycle: recycle)
    }

    mutating func append(_ excerpt: LogExcerpt) {
        if excerpts.count == Self.excerptCountMax { excerpts.removeFirst() }
        excerpts.append(excerpt)
    }

    func holds(_ position: LogPosition) -> Bool {
        recent.bytes(at: position) != nil || excerpt(at: position) != nil
    }

    /// Hands `body` the envelope at `place`; nil when it is not in memory.
    func withEnvelope<T>(
        _ place: EnvelopePlace, _ body: (UnsafeRawBufferPointer) -> T
    ) -> T? {
        if let bytes = recent.bytes(at: place.position) {
            return body(Self.envelope(place, bytes))
        }
        guard let excerpt = excerpt(at: place.position) else { return nil }
        return excerpt.withBytes(at: place.position) { body(Self.envelope(place, $0)) }
    }

    /// The stretch in which the whole record at `position` lies and checks.
    private func excerpt(at position: LogPosition) -> LogExcerpt? {
        excerpts.last { excerpt in
            excerpt.withBytes(at: position) {
                LogRecord(checking: $0, at: 0, position: position) != nil
            } ?? false
        }
    }

    private static func envelope(
        _ place: EnvelopePlace, _ bytes: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        .init(rebasing: bytes[place.delta..<place.delta + place.byteCount])
    }
}
