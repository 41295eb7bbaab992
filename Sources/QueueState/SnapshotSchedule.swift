// SPDX-License-Identifier: MIT
import SegmentLog

/// When the next snapshot is due, and which is the newest.
struct SnapshotSchedule {
    /// The newest that is durable: the log before this segment need not be read any more.
    private(set) var newest: SegmentNumber?
    /// The segment at which the last one was begun, or the log.
    private var last: SegmentNumber
    /// One is being taken.
    private var isUnderWay = false
    private var byteCount = 0

    /// There is none, and none will be before the next is due.
    var isNone: Bool { newest == nil && !isUnderWay }

    /// There is one, and nobody is writing another.
    var isRemovable: Bool { newest != nil && !isUnderWay }

    /// - Parameter oldest: where the log begins.
    init(newest: SegmentNumber?, byteCount: Int, oldest: SegmentNumber) {
        self.newest = newest
        self.byteCount = byteCount
        last = newest ?? oldest
    }

    /// Whether one is to be taken where `segment` begins: after `segmentCount` segments, or as much
    /// of the log as the last one took, so that snapshots at most double what is written.
    func isDue(at segment: SegmentNumber, segmentCount: Int, segmentByteCount: Int) -> Bool {
        let interval = max(segmentCount, byteCount / segmentByteCount)
        return !isUnderWay && Int(segment.rawValue) - Int(last.rawValue) >= interval
    }

    mutating func begin(at segment: SegmentNumber) {
        isUnderWay = true
        last = segment
    }

    /// The one before `segment` is durable, in so many bytes.
    mutating func finish(before segment: SegmentNumber, byteCount: Int) {
        isUnderWay = false
        newest = segment
        self.byteCount = byteCount
    }

    /// It could not be written; the next is tried after the same interval.
    mutating func giveUp() {
        isUnderWay = false
    }

    /// The newest was removed.
    mutating func drop() {
        newest = nil
    }
}
