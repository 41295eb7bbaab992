// SPDX-License-Identifier: MIT

/// What an engine may use.
package struct EngineLimits: Hashable, Sendable {
    /// Ids remembered, of all queues together, to find a message published twice.
    package var recentCountMax: Int
    /// Segments from one snapshot to the next, unless the last one took more: a start reads no more
    /// of the log than that.
    package var snapshotSegmentCount: Int
    /// When less of the log than this share is alive, what is in its oldest segments is moved to
    /// its end, so that they can go; 0 for never.
    package var livePercentMin: Int
    /// A log of so many segments is not worth that.
    package var rewriteSegmentCountMin: Int

    /// Messages that a tenant of weight 1 has before the next one's turn; at least 1.
    package var turnCount: UInt32

    package static let turnCountUsual: UInt32 = 16

    package init(
        recentCountMax: Int = 1 << 18, snapshotSegmentCount: Int = 8, livePercentMin: Int = 50,
        rewriteSegmentCountMin: Int = 16, turnCount: UInt32 = turnCountUsual
    ) {
        self.recentCountMax = recentCountMax
        self.snapshotSegmentCount = snapshotSegmentCount
        self.livePercentMin = livePercentMin
        self.rewriteSegmentCountMin = rewriteSegmentCountMin
        self.turnCount = turnCount
    }
}
