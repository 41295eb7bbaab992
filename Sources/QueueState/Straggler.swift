// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// A message in one of the oldest segments, which hold little else: to be moved to the end of the
/// log, so that its segment can go. As it was when a snapshot was taken.
package struct Straggler: Sendable {
    package let envelope: EnvelopePlace
    let queue: QueueNumber
    let slot: SlotIndex
    let sequence: MessageSequence
    let attempts: UInt8
    /// The epoch unless it is delayed.
    let due: MeshInstant

    /// A run of rewriting takes so many at most.
    static let countMax = 1 << 18
}
