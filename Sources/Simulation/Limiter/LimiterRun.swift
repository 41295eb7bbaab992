// SPDX-License-Identifier: MIT

/// One seed's life of a limiter, and what came of it.
package struct LimiterRun: Sendable {
    package let seed: UInt64
    package let counts: LimiterCounts
    /// Of everything that happened, in order: the same seed has the same hash.
    package let hash: UInt64
    /// What went wrong, and the last events before it; nil when nothing did.
    package let breach: String?
    package let lastEvents: [String]

    /// Runs `stepCount` steps under faults, then lets every bucket fill and be emptied.
    package init(seed: UInt64, stepCount: Int) {
        self.seed = seed
        let world = LimiterWorld(seed: seed)
        var breach: String?
        do {
            for _ in 0..<stepCount { try world.step() }
            try world.rest()
        } catch {
            breach = "step \(world.trace.step): \(error)"
        }
        self.breach = breach
        counts = world.counts
        hash = world.trace.hash
        lastEvents = world.trace.lines
    }
}

/// What came of many seeds.
package struct LimiterReport: Sendable {
    package private(set) var seedCount = 0
    package private(set) var failedSeeds: [UInt64] = []
    package private(set) var counts = LimiterCounts()

    package init() {}

    package mutating func add(_ run: LimiterRun) {
        seedCount += 1
        counts += run.counts
        if run.breach != nil { failedSeeds.append(run.seed) }
    }

    /// One line for people and scripts.
    package var summary: String {
        (["\(seedCount) seeds"] + counts.words + ["\(failedSeeds.count) seeds failed"])
            .joined(separator: ", ")
    }
}
