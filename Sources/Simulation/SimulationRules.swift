// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import SimulatedMachine

/// How the broker of one simulation is set up; some of it by chance.
struct SimulationRules {
    static let queueCount = 3
    let attemptsMax = 3
    let leaseDuration = Duration.seconds(10)
    /// Small enough that queues are full now and then.
    let depthMax: Int
    /// The same in bytes of their envelopes.
    let byteDepthMax: Int
    /// What a tenant of weight 1 gets before the next one's turn: few, so that many turns are seen.
    let turnCount: UInt32
    /// Whether nearly all goes through one queue, faster in than out.
    let isCrowded: Bool
    /// Whether ids are forgotten soon.
    let isForgetful: Bool

    /// Whether dead letters hold their groups.
    let holdsBehindDead: Bool

    /// Batches up to this long are written by the broker's event loop itself.
    let inlineByteCountMax: Int

    /// From one snapshot to the next.
    let snapshotSegmentCount: Int

    init(using random: inout SplitMix64) {
        snapshotSegmentCount = Int.random(in: 1...4, using: &random)
        depthMax = random.once(in: 3) ? Int.random(in: 5...20, using: &random) : 60
        byteDepthMax = random.once(in: 3) ? Int.random(in: 1_500...12_000, using: &random) : 1 << 30
        turnCount = UInt32.random(in: 1...3, using: &random)
        isCrowded = random.once(in: 3)
        isForgetful = random.once(in: 2)
        // Not drawn: seeds go on meaning what they meant.
        holdsBehindDead = snapshotSegmentCount % 2 == 0
        inlineByteCountMax = [0, 1 << 10, 16 << 10].randomElement(using: &random) ?? 0
    }

    /// Ids among the last so many are known, and their repetition is noticed.
    var rememberedCount: Int { isForgetful ? 20 : .max }

    /// Operators give no tenant more.
    static let weightMax: UInt32 = 3

    /// Longer bodies do not fit into half a segment.
    let bodyByteCountMax = 15 << 10

    let geometry = LogGeometry(
        segmentByteCount: 32 << 10, blockByteCount: 512, batchByteCountMax: 4 << 10)

    /// What a broker writes at least, on a disk that is full, before it refuses settlements.
    var reserveByteCount: Int { geometry.segmentByteCount / 2 }

    var limits: EngineLimits {
        EngineLimits(
            recentCountMax: isForgetful ? 40 : 1 << 16,
            snapshotSegmentCount: snapshotSegmentCount, turnCount: turnCount)
    }

    var policy: QueuePolicy {
        QueuePolicy(
            leaseDuration: leaseDuration, attemptsMax: UInt8(attemptsMax),
            backoffBase: .milliseconds(100), backoffMax: .seconds(2), depthMax: UInt64(depthMax),
            byteDepthMax: UInt64(byteDepthMax), holdsBehindDead: holdsBehindDead)
    }
}
