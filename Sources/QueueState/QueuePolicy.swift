// SPDX-License-Identifier: MIT
import Orders

/// What a queue allows and how it treats failures.
package struct QueuePolicy: Hashable, Sendable {
    /// How long a consumer may keep a message without a word.
    package var leaseDuration: Duration
    /// Deliveries that may fail before the message is dead: the first and its retries.
    package var attemptsMax: UInt8
    /// The mean wait before the first retry is half of this; it doubles with each attempt.
    package var backoffBase: Duration
    /// The longest wait before a retry.
    package var backoffMax: Duration
    /// Messages that may wait, be leased or delayed; dead ones do not count.
    package var depthMax: UInt64
    /// The same in bytes of their envelopes.
    package var byteDepthMax: UInt64
    /// Whether what comes to a group behind one of its dead letters waits until that is redriven or
    /// purged; compensations never do.
    package var holdsBehindDead: Bool

    package init(
        leaseDuration: Duration = .seconds(30), attemptsMax: UInt8 = 4,
        backoffBase: Duration = .milliseconds(500), backoffMax: Duration = .seconds(60),
        depthMax: UInt64 = 100_000, byteDepthMax: UInt64 = 1 << 30,
        holdsBehindDead: Bool = false
    ) {
        self.leaseDuration = leaseDuration
        self.attemptsMax = attemptsMax
        self.backoffBase = backoffBase
        self.backoffMax = backoffMax
        self.depthMax = depthMax
        self.byteDepthMax = byteDepthMax
        self.holdsBehindDead = holdsBehindDead
    }

    /// For what waits for receivers outside, who may be away for a night: the stage says how long
    /// to wait; where it does not, from seconds to ten hours.
    package static let patient = QueuePolicy(
        leaseDuration: .seconds(60), attemptsMax: 8, backoffBase: .seconds(10),
        backoffMax: .seconds(36_000), depthMax: 1_000_000)

    /// The longest lease: what is held for longer is lost, not worked on.
    package static let leaseDurationMax = Duration.seconds(12 * 3600)
    /// More attempts than this hide a fault instead of surviving it.
    package static let attemptsMaxMax = UInt8(100)

    /// What is wrong with the policy, for people; nil when nothing is.
    package var objection: String? {
        if leaseDuration < .milliseconds(10) || leaseDuration > Self.leaseDurationMax {
            return "a lease lasts from 10 ms to 12 hours"
        }
        if attemptsMax < 1 || attemptsMax > Self.attemptsMaxMax {
            return "attempts are from 1 to \(Self.attemptsMaxMax)"
        }
        if backoffBase > backoffMax { return "the back-off begins above its maximum" }
        if depthMax < 1 || byteDepthMax < 1 { return "a queue holds at least one message" }
        return nil
    }

    /// The wait before the next attempt, once `attempt` (from 1) failed: full jitter, uniform from
    /// zero to the base doubled with each attempt, so that consumers that failed together do not
    /// come back together.
    package func backoff(afterAttempt attempt: UInt8, random: UInt64) -> Duration {
        var ceiling = backoffBase
        for _ in 1..<max(attempt, 1) where ceiling < backoffMax { ceiling = ceiling * 2 }
        let nanoseconds = UInt64(max(min(ceiling, backoffMax).wholeNanoseconds, 0))
        return .nanoseconds(
            Int64((nanoseconds + 1).multipliedFullWidth(by: random).high))
    }
}
