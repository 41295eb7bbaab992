// SPDX-License-Identifier: MIT

/// What an engine may use.
package struct EngineLimits: Hashable, Sendable {
    /// Ids remembered, of all queues together, to find a message published twice.
    package var recentCountMax: Int
    /// Segments kept only for the ids in them.
    package var retainedSegmentCountMax: Int

    package init(recentCountMax: Int = 1 << 18, retainedSegmentCountMax: Int = 16) {
        self.recentCountMax = recentCountMax
        self.retainedSegmentCountMax = retainedSegmentCountMax
    }
}
