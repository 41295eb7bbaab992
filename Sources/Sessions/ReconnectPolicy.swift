// SPDX-License-Identifier: MIT

/// How a `MeshConnection` comes back after it was lost.
package struct ReconnectPolicy: Sendable, Equatable {
    /// The longest first delay; doubles with each failure in a row.
    package var delayBase = Duration.milliseconds(50)
    /// No delay is longer.
    package var delayMax = Duration.seconds(5)
    /// A call made without a connection waits at most so long for one, and never beyond its own
    /// deadline; then it fails with `notConnected`.
    package var waitDuration = Duration.seconds(2)

    package init() {}

    /// The delay before the next attempt: full jitter, so that a thousand clients do not come back
    /// at once.
    /// - Parameter failureCount: failures in a row, from 1.
    func delay(
        afterFailures failureCount: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let doubled = delayBase * (1 << min(max(failureCount - 1, 0), 16))
        return min(doubled, delayMax) * Double.random(in: 0...1, using: &generator)
    }
}
