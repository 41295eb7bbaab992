// SPDX-License-Identifier: MIT
import Daemon
import Orders
import RateLimit
import TokenBucket

/// The tables of the limiter as PostgreSQL keeps them: what `advance_buckets`, `close_buckets` and
/// the statements of `CheckpointStore` do to them, each whole or not at all.
struct SimulatedCheckpoints {
    private struct Row {
        var checkpoint: Bucket.Checkpoint
        var number: Int64
    }

    private var rows: [String: Row] = [:]
    private(set) var epoch: Int64 = 0
    private var isOpen = false
    private var origin = SteadyClock.Origin(boot: "", offset: 0)
    var plans: PlanBook

    init(plans: PlanBook) {
        self.plans = plans
    }

    /// Takes over, as `CheckpointStore.open` does.
    ///
    /// - Returns: the offset of the clock, when service began by it, and what is inherited.
    mutating func open(
        boot: String, wall: MeshInstant, sinceBoot: Int64
    ) -> (offset: Int64, start: MeshInstant, CheckpointStore.Inheritance) {
        let offset = SteadyClock.offset(
            wall: wall, sinceBoot: sinceBoot, boot: boot, resuming: origin)
        let start = MeshInstant(nanoseconds: offset + sinceBoot)
        let held = rows.mapValues(\.checkpoint).filter { $0.value.arrival > start }
        let inheritance = CheckpointStore.Inheritance(checkpoints: held, isClean: !isOpen)
        epoch += 1
        isOpen = true
        origin = SteadyClock.Origin(boot: boot, offset: offset)
        return (offset, start, inheritance)
    }

    /// - Returns: false when the epoch is over.
    mutating func advance(
        _ checkpoints: [CheckpointStore.Checkpoint], number: Int64, epoch: Int64
    ) -> Bool {
        guard epoch == self.epoch else { return false }
        for checkpoint in checkpoints {
            let stamp = epoch << 32 | number
            if let held = rows[checkpoint.bucket], held.number >= stamp { continue }
            rows[checkpoint.bucket] = Row(checkpoint: checkpoint.state, number: stamp)
        }
        return true
    }

    /// - Returns: false when the epoch is over.
    mutating func close(_ checkpoints: [CheckpointStore.Checkpoint], epoch: Int64) -> Bool {
        guard epoch == self.epoch else { return false }
        isOpen = false
        rows = [:]
        return advance(checkpoints, number: Int64(UInt32.max), epoch: epoch)
    }

    mutating func sweep(before: MeshInstant) {
        rows = rows.filter { $0.value.checkpoint.arrival >= before }
    }
}
