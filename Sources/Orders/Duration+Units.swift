// SPDX-License-Identifier: MIT

extension Duration {
    /// The duration in nanoseconds, rounded towards zero, held within an `Int64` (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Milliseconds rounded up, as delays travel on the wire: who is told to wait is never early.
    /// Negative durations become zero, those above 49 days the largest `UInt32`.
    package var wireMilliseconds: UInt32 {
        let nanoseconds = wholeNanoseconds
        guard nanoseconds > 0 else { return 0 }
        return UInt32(clamping: (nanoseconds - 1) / 1_000_000 + 1)
    }
}
