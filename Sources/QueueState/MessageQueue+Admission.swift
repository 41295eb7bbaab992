// SPDX-License-Identifier: MIT
import Orders

extension MessageQueue {
    /// Refuses `count` messages of `byteCount` bytes in all if they would exceed the policy.
    mutating func admit(
        count: UInt64, byteCount: UInt64, now: MeshInstant
    ) throws(QueueRefusal) {
        if depth + count > policy.depthMax {
            throw .queueFull(pressure(.messages, excess: depth + count - policy.depthMax, now))
        }
        if byteDepth + byteCount > policy.byteDepthMax {
            let excess = byteDepth + byteCount - policy.byteDepthMax
            let mean = max(byteDepth / max(depth, 1), 1)
            throw .queueFull(pressure(.bytes, excess: excess / mean + 1, now))
        }
    }

    private mutating func pressure(
        _ unit: QueuePressure.Unit, excess: UInt64, _ now: MeshInstant
    ) -> QueuePressure {
        let rate = drain.perSecond(at: now)
        return QueuePressure(
            unit: unit, depth: unit == .messages ? depth : byteDepth,
            limit: unit == .messages ? policy.depthMax : policy.byteDepthMax,
            drainPerSecond: rate, retryAfter: Self.wait(for: excess, atRate: rate))
    }

    /// How long `count` messages take to leave. Bounded: sooner is not worth the trip, and later
    /// would outlive the measurement.
    private static func wait(for count: UInt64, atRate rate: UInt32) -> Duration {
        guard rate > 0 else { return .seconds(5) }
        let milliseconds = min(count, 1 << 40) * 1000 / UInt64(rate)
        return .milliseconds(Int64(min(max(milliseconds, 20), 30_000)))
    }

    /// What a message that failed becomes: another attempt, or dead after the last.
    func outcome(
        failing slot: SlotIndex, _ attempt: FailedAttempt, retryAfter: Duration?, random: UInt64,
        now: MeshInstant
    ) -> SettlementOutcome {
        let number = table[slot].attempts + 1
        guard number < policy.attemptsMax else { return .dead(attempt, reason: attempt.error) }
        let wait = retryAfter ?? policy.backoff(afterAttempt: number, random: random)
        return .retried(due: now + wait, attempt)
    }

    mutating func depths(now: MeshInstant) -> QueueDepths {
        QueueDepths(
            ready: UInt64(readyCount), held: UInt64(lines.heldCount), leased: UInt64(leases.count),
            delayed: UInt64(delayedCount), dead: UInt64(dead.count), bytes: byteDepth,
            depthMax: policy.depthMax, publishedTotal: publishedTotal, settledTotal: settledTotal,
            drainPerSecond: drain.perSecond(at: now), isPaused: isPaused)
    }
}
