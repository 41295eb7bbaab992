// SPDX-License-Identifier: MIT

/// The sizes of a log's parts, in bytes. The same log may be opened with others later.
package struct LogGeometry: Hashable, Sendable {
    /// Of a new segment; a multiple of the block.
    package let segmentByteCount: Int
    /// What is written at once is a multiple of this and begins at one: 4 KiB is what every disk
    /// and file system here writes directly, and no less than one sector.
    package let blockByteCount: Int
    /// A batch that has grown to this is closed: one write stays well under a millisecond's worth.
    package let batchByteCountMax: Int

    package init(
        segmentByteCount: Int = 64 << 20,
        blockByteCount: Int = 4096,
        batchByteCountMax: Int = 4 << 20
    ) {
        precondition(blockByteCount > 0 && blockByteCount & (blockByteCount - 1) == 0)
        precondition(segmentByteCount % blockByteCount == 0 && segmentByteCount <= 1 << 30)
        self.segmentByteCount = segmentByteCount
        self.blockByteCount = blockByteCount
        self.batchByteCountMax = min(batchByteCountMax, segmentByteCount / 4)
    }

    /// The longest payload that surely fits beside the first batch of a fresh segment.
    package var payloadByteCountMax: Int { segmentByteCount / 2 }

    /// `byteCount` rounded up to whole blocks.
    package func padded(_ byteCount: Int) -> Int {
        (byteCount + blockByteCount - 1) & ~(blockByteCount - 1)
    }
}
