// SPDX-License-Identifier: MIT

/// What came of many seeds.
package struct SimulationReport: Sendable {
    package private(set) var seedCount = 0
    package private(set) var failedSeeds: [UInt64] = []
    package private(set) var counts = SimulationCounts()
    /// Of all that happened under all seeds, in order.
    package private(set) var digest: UInt64 = 0

    package init() {}

    package mutating func add(_ run: SimulationRun) {
        seedCount += 1
        counts += run.counts
        digest = (digest ^ run.hash) &* 0x9E37_79B9_7F4A_7C15
        if run.breach != nil { failedSeeds.append(run.seed) }
    }

    /// One line for people and scripts.
    package var summary: String {
        let words = [
            "\(seedCount) seeds", "\(counts.steps) steps", "\(counts.published) published",
            "\(counts.delivered) delivered", "\(counts.settled) settled",
            "\(counts.crashes) crashes", "\(counts.cuts) connections cut",
            "\(counts.diskErrors) disk errors",
            "\(counts.rottenBits) rotten bits (\(counts.rottenBitsFound) found)",
            "\(counts.clockSteps) clock steps", "digest \(String(digest, radix: 16))",
            "\(failedSeeds.count) failed",
        ]
        return words.joined(separator: ", ")
    }
}
