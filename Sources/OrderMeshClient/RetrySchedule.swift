// SPDX-License-Identifier: MIT

import Sessions
import Wire

/// When to try a request again that may be repeated, and when to give up.
struct RetrySchedule {
    /// Whether any try so far may have been applied: a later refusal does not undo that.
    private(set) var mayHaveBeenApplied = false
    private let deadline: ContinuousClock.Instant
    private var failureCount = 0

    private static let timeForTryMax = Duration.seconds(10)
    private static let delayBase = Duration.milliseconds(50)
    private static let delayMax = Duration.seconds(5)

    init(deadline: ContinuousClock.Instant) { self.deadline = deadline }

    /// How long the next try may take.
    func timeForTry(at now: ContinuousClock.Instant) -> Duration {
        min(Self.timeForTryMax, max(.milliseconds(1), deadline - now))
    }

    /// How long to wait after a failure: as the server asks, else a random part of a delay that
    /// doubles.
    /// - Throws: when no retry would help, or none fits before the deadline.
    mutating func delay(
        after error: CallError, at now: ContinuousClock.Instant
    ) throws(OrderMeshError) -> Duration {
        if error.effect == .maybeApplied { mayHaveBeenApplied = true }
        failureCount += 1
        let doubled = min(Self.delayMax, Self.delayBase * (1 << min(failureCount - 1, 10)))
        let jitter = doubled * Double.random(in: 0...1)
        // On top of what the server asks, so that all who were refused do not come back at once.
        let delay = error.retryAfter.map { $0 + min(jitter, $0 * 0.1) } ?? jitter
        guard error.isTransient, now + delay < deadline else {
            throw OrderMeshError(error, mayHaveBeenApplied: mayHaveBeenApplied)
        }
        return delay
    }
}
