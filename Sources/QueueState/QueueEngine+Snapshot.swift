// SPDX-License-Identifier: MIT
package import SegmentLog

extension QueueEngine {
    /// The snapshot before `segment` is durable, in so many bytes.
    package mutating func snapshotWritten(before segment: SegmentNumber, byteCount: Int) {
        snapshots.finish(before: segment, byteCount: byteCount)
    }

    /// The snapshot could not be written; what the log needs for a start is still there.
    package mutating func snapshotFailed() {
        snapshots.giveUp()
    }

    /// All snapshots were removed, and that is durable.
    package mutating func snapshotsRemoved() {
        snapshots.drop()
    }
}
