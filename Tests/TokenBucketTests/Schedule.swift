// SPDX-License-Identifier: MIT
import Orders

/// What a bucket granted, and the check of the ceiling over every window of it.
struct Schedule: Sendable {
    struct Grant: Sendable {
        let at: MeshInstant
        let cost: UInt32
    }

    private(set) var grants: [Grant] = []

    mutating func add(_ cost: UInt32, at now: MeshInstant) {
        grants.append(Grant(at: now, cost: cost))
    }

    mutating func add(_ other: Schedule) { grants += other.grants }

    /// Tokens granted above burst + rate x window, in the worst window; at most zero if it holds.
    /// Exact: in units of a token's 10^9th part.
    func excess(perSecond: UInt32, burst: UInt32) -> Int128 {
        let sorted = grants.sorted { $0.at < $1.at }
        var worst = Int128.min
        for first in sorted.indices {
            var sum: Int128 = 0
            for last in first..<sorted.count {
                sum += Int128(sorted[last].cost)
                let window = Int128(sorted[last].at.nanoseconds - sorted[first].at.nanoseconds)
                let allowed = Int128(burst) * 1_000_000_000 + Int128(perSecond) * window
                worst = max(worst, sum * 1_000_000_000 - allowed)
            }
        }
        return grants.isEmpty ? 0 : worst
    }
}

/// SplitMix64: small, fast, and the same on every machine.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
