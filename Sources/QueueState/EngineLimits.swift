// SPDX-License-Identifier: MIT

/// What an engine may use.
package struct EngineLimits: Hashable, Sendable {
    /// Ids remembered, of all queues together, to find a message published twice.
    package var recentCountMax: Int
    /// Segments from one snapshot to the next, unless the last one took more: a start reads no more
    /// of the log than that.
    package var snapshotSegmentCount: Int

    package init(recentCountMax: Int = 1 << 18, snapshotSegmentCount: Int = 8) {
        self.recentCountMax = recentCountMax
        self.snapshotSegmentCount = snapshotSegmentCount
    }
}
