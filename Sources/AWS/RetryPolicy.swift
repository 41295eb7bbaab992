// SPDX-License-Identifier: MIT

/// When a failed attempt is followed by another: the standard mode of AWS's own SDKs.
package struct RetryPolicy: Sendable {
    /// First attempt included.
    package let attemptsMax: Int

    /// The most that the wait before the first retry can be; doubled before each further one.
    package let transientBase: Duration

    /// As `transientBase`, when AWS asked to slow down.
    package let throttledBase: Duration

    /// No wait is longer.
    package let waitMax: Duration

    package init(
        attemptsMax: Int = 3,
        transientBase: Duration = .milliseconds(50),
        throttledBase: Duration = .seconds(1),
        waitMax: Duration = .seconds(20)
    ) {
        precondition(attemptsMax >= 1)
        self.attemptsMax = attemptsMax
        self.transientBase = transientBase
        self.throttledBase = throttledBase
        self.waitMax = waitMax
    }

    /// How long to wait after `attempt` (the first is 1) failed with `error`; nil to give up.
    ///
    /// - Parameter jitter: drawn evenly from 0..<1; the wait is that share of its maximum, so that
    ///   many clients that failed together do not come back together.
    func wait(after attempt: Int, failedWith error: AWSError, jitter: Double) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        let base: Duration
        switch error.code {
        case .throttled:
            base = throttledBase
        case .unavailable, .timedOut:
            base = transientBase
        case .badCredentials, .denied, .clockSkew, .notFound, .conflict, .tooLarge, .invalid,
            .badAnswer:
            return nil
        }
        let doublings = min(attempt - 1, 16)
        return min(base * (1 << doublings), waitMax) * jitter
    }
}
