// SPDX-License-Identifier: MIT
package import TokenBucket
package import Wire

/// What a tenant may do: a row of `plans`.
package struct TenantPlan: Equatable, Sendable {
    package var ratePerSecond: UInt32
    package var burst: UInt32
    package var weight: UInt32
    package var depthMax: UInt64
    /// Decide and count, but refuse nothing: to try a limit out.
    package var isShadow: Bool
    /// What becomes of takes that no checkpoint covers while the database is away.
    package var whenAway: AwayPolicy

    /// The words are those of the table.
    package enum AwayPolicy: String, Sendable {
        /// The ceiling holds across a crash, at the price of refusals.
        case refuse
        /// Goes on; a crash while the database is away may grant up to one burst again.
        case allow
    }

    /// Rates and bursts that a plan may name.
    package static let bounds: ClosedRange<UInt32> = 1...10_000_000

    /// For a database without a plan `default`.
    package static let fallback = TenantPlan(
        ratePerSecond: 100, burst: 200, weight: 1, depthMax: 100_000, isShadow: false,
        whenAway: .refuse)

    package init(
        ratePerSecond: UInt32, burst: UInt32, weight: UInt32, depthMax: UInt64, isShadow: Bool,
        whenAway: AwayPolicy = .refuse
    ) {
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.weight = weight
        self.depthMax = depthMax
        self.isShadow = isShadow
        self.whenAway = whenAway
    }

    package var rate: BucketRate { BucketRate(perSecond: ratePerSecond, burst: burst) }

    package func message(for tenant: String) -> RatePlan {
        RatePlan(
            tenant: tenant, ratePerSecond: ratePerSecond, burst: burst, weight: weight,
            depthMax: depthMax)
    }
}
