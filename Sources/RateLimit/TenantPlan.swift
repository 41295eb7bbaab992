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

    package typealias AwayPolicy = Wire.AwayPolicy

    /// Most requests in progress at once; zero: no limit.
    package var concurrency: UInt32

    /// Rates and bursts that a plan may name.
    package static let bounds: ClosedRange<UInt32> = 1...10_000_000

    /// For a database without a plan `default`.
    package static let fallback = TenantPlan(
        ratePerSecond: 100, burst: 200, weight: 1, depthMax: 100_000, isShadow: false,
        whenAway: .refuse)

    /// No limit: zero on the wire, where the table wants a number.
    private static let depthUnlimited = UInt64(Int64.max)

    package init(
        ratePerSecond: UInt32, burst: UInt32, weight: UInt32, depthMax: UInt64, isShadow: Bool,
        whenAway: AwayPolicy = .refuse, concurrency: UInt32 = 0
    ) {
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.weight = weight
        self.depthMax = depthMax
        self.isShadow = isShadow
        self.whenAway = whenAway
        self.concurrency = concurrency
    }

    /// What an operator asks for.
    package init(_ plan: RatePlan) {
        self.init(
            ratePerSecond: plan.ratePerSecond, burst: plan.burst, weight: max(plan.weight, 1),
            depthMax: plan.depthMax == 0 ? Self.depthUnlimited : plan.depthMax,
            isShadow: plan.shadow, whenAway: plan.whenAway, concurrency: plan.concurrency)
    }

    package var rate: BucketRate { BucketRate(perSecond: ratePerSecond, burst: burst) }

    package func message(for tenant: String) -> RatePlan {
        RatePlan(
            tenant: tenant, ratePerSecond: ratePerSecond, burst: burst, weight: weight,
            depthMax: depthMax == Self.depthUnlimited ? 0 : depthMax, concurrency: concurrency,
            shadow: isShadow, whenAway: whenAway)
    }
}

extension AwayPolicy {
    /// The word of the table; nil for another.
    package init?(word: String) {
        guard let policy = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = policy
    }

    /// As the table `plans` has it.
    package var word: String {
        switch self {
        case .refuse: "refuse"
        case .allow: "allow"
        }
    }
}
