// SPDX-License-Identifier: MIT
package import Orders

/// What the event loops of a limiter share.
package struct LimiterParts: Sendable {
    package let clock: any MeshClock
    package let directory: BucketDirectory
    package let refunds: RefundBook
    package let writer: CheckpointWriter
    package let counters: LimiterCounters
    package let planDesk: PlanDesk
}
