// SPDX-License-Identifier: MIT

/// How fast a bucket fills and how much it holds.
///
/// Eight bytes: a bucket of a million has one.
package struct BucketRate: Hashable, Sendable {
    /// Nanoseconds in which one token comes back: 1 to 1,000,000,000. Rounded up, so that rounding
    /// never grants more than the rate; a million tokens a second lose at most a thousandth.
    package let interval: UInt32
    /// Tokens in a full bucket; zero grants nothing, ever.
    package let burst: UInt32

    /// - Parameter perSecond: tokens a second; zero makes a bucket that grants nothing.
    package init(perSecond: UInt32, burst: UInt32) {
        let rate = min(max(perSecond, 1), 1_000_000_000)
        interval = (1_000_000_000 + rate - 1) / rate
        self.burst = perSecond == 0 ? 0 : burst
    }

    /// The time in which an empty bucket fills, in nanoseconds. At most 2^32 x 10^9: no overflow.
    package var tolerance: Int64 { price(of: burst) }

    /// The same in seconds, rounded up, at least one; zero for a bucket that holds nothing. What the
    /// interval was rounded by is not counted: seven tokens at seven a second fill in one second.
    package var windowSeconds: UInt32 {
        guard burst > 0 else { return 0 }
        let seconds = (tolerance - Int64(burst) + 999_999_999) / 1_000_000_000
        return UInt32(clamping: max(seconds, 1))
    }

    /// The time in which `cost` tokens come back, in nanoseconds; no overflow, as above.
    package func price(of cost: UInt32) -> Int64 { Int64(cost) * Int64(interval) }

    /// The same tokens as a debt of `nanoseconds` at another interval, rounded up, in nanoseconds:
    /// never more than the whole bucket, and zero for none.
    func debt(of nanoseconds: Int64, at other: UInt32) -> Int64 {
        guard nanoseconds > 0 else { return 0 }
        let step = Int64(max(other, 1))
        let tokens = nanoseconds / step + (nanoseconds % step > 0 ? 1 : 0)
        return tokens >= Int64(burst) ? tolerance : tokens * Int64(interval)
    }

    /// What one written checkpoint adds to what the bucket may spend: a second's worth of tokens or
    /// a quarter of the burst, whichever is more; and always enough for the take that asks for it,
    /// which comes again a little later.
    package func lease(for cost: UInt32) -> Duration { .nanoseconds(leaseNanoseconds(for: cost)) }

    func leaseNanoseconds(for cost: UInt32) -> Int64 {
        max(leaseNanoseconds, price(of: cost) + Self.writeNanoseconds)
    }

    /// How long a checkpoint may take before the take that waits for it needs another.
    private static let writeNanoseconds: Int64 = 1_000_000_000

    var leaseNanoseconds: Int64 { max(1_000_000_000, tolerance / 4) }
}
