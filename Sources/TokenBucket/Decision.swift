// SPDX-License-Identifier: MIT

/// What a bucket says to one take or peek.
package struct Decision: Equatable, Sendable {
    package let isGranted: Bool
    /// Tokens in the full bucket.
    package let limit: UInt32
    /// Tokens left after this decision.
    package let remaining: UInt32
    /// In which an empty bucket fills, in seconds, rounded up.
    package let windowSeconds: UInt32
    let resetNanoseconds: Int64
    let retryNanoseconds: Int64

    /// Until the bucket is full again if nobody takes anything.
    package var reset: Duration { .nanoseconds(resetNanoseconds) }

    /// Until the same take can be granted, if nobody else comes first; zero when it was granted,
    /// `Int64.max` nanoseconds when the cost is more than the bucket ever holds.
    package var retryAfter: Duration { .nanoseconds(retryNanoseconds) }

    package var resetMilliseconds: UInt32 { Self.wireMilliseconds(resetNanoseconds) }
    package var retryAfterMilliseconds: UInt32 { Self.wireMilliseconds(retryNanoseconds) }

    /// - Parameter debt: how far the bucket's arrival time lies ahead of now, before this take.
    package static func refused(by rate: BucketRate, price: Int64, debt: Int64) -> Decision {
        let (wait, overflow) = (debt - rate.tolerance).addingReportingOverflow(price)
        let isPossible = !overflow && price <= rate.tolerance
        return Decision(
            isGranted: false, limit: rate.burst, remaining: remaining(of: rate, debt: debt),
            windowSeconds: rate.windowSeconds, resetNanoseconds: debt,
            retryNanoseconds: isPossible ? wait : .max)
    }

    /// - Parameter debt: how far the bucket's arrival time lies ahead of now, after this take.
    package static func granted(by rate: BucketRate, debt: Int64) -> Decision {
        Decision(
            isGranted: true, limit: rate.burst, remaining: remaining(of: rate, debt: debt),
            windowSeconds: rate.windowSeconds, resetNanoseconds: debt, retryNanoseconds: 0)
    }

    private static func remaining(of rate: BucketRate, debt: Int64) -> UInt32 {
        guard debt < rate.tolerance else { return 0 }
        return UInt32(clamping: (rate.tolerance - debt) / Int64(rate.interval))
    }

    private static func wireMilliseconds(_ nanoseconds: Int64) -> UInt32 {
        guard nanoseconds > 0 else { return 0 }
        return UInt32(clamping: (nanoseconds - 1) / 1_000_000 + 1)
    }
}
