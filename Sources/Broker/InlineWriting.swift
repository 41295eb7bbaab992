// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// Decides which writes the event loop waits for itself.
///
/// To hand a write to another thread and hear of its end takes two wake-ups, which cost a small
/// write as much again as the disk does. A large one, one that begins a segment, or a disk that is
/// slow at the moment would keep all sessions waiting instead: those are the writer thread's.
struct InlineWriting {
    /// Longer batches go to the writer thread; 0 sends all there.
    let byteCountMax: Int
    private var slowUntil = MeshInstant.epoch

    /// A disk that took longer than this is slow.
    static let patience = Duration.milliseconds(2)
    /// For how long a disk counts as slow after that.
    static let penalty = Duration.milliseconds(250)

    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    func suits(_ batches: [LogBatch], at now: MeshInstant) -> Bool {
        guard batches.count == 1, let batch = batches.first, now >= slowUntil else { return false }
        return batch.start > 0 && batch.byteCount <= byteCountMax
    }

    /// Takes note of a write that was waited for.
    mutating func waited(from start: MeshInstant, to end: MeshInstant) {
        if end - start > Self.patience { slowUntil = end + Self.penalty }
    }
}
