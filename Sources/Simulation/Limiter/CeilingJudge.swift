// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import TokenBucket

/// Holds what one bucket granted against the ceiling, in every window at once and exactly.
///
/// The most that any window which ends now lies above rate x window is a level that falls with the
/// rate, never below zero, and rises with each grant; the ceiling holds in all of them as long as the
/// level is at most the burst. In units of a token's 10^9th part.
struct CeilingJudge {
    private struct Grant {
        let at: MeshInstant
        let cost: UInt32
        let key: UniqueID
        /// Of the plan in force, among `changes`.
        let plan: Int
    }

    private var grants: [Grant] = []
    private var changes: [(at: MeshInstant, plan: TenantPlan)]
    /// Tokens that a crash may cost the ceiling right after a change of plan: see `crashed`.
    private var slack: Int128 = 0
    private var isUnsettled = false

    private static let unit: Int128 = 1_000_000_000

    init(_ plan: TenantPlan, from start: MeshInstant) {
        changes = [(start, plan)]
    }

    /// - Returns: by how many tokens the ceiling is exceeded; nil when it holds.
    mutating func granted(_ cost: UInt32, key: UniqueID, at now: MeshInstant) -> Double? {
        grants.append(Grant(at: now, cost: cost, key: key, plan: changes.count - 1))
        let (level, burst) = standing()
        let excess = level - burst - slack
        return excess > 0 ? Double(excess) / Double(Self.unit) : nil
    }

    /// A grant that was given back counts in no window.
    ///
    /// - Returns: the tokens that came back; nil, and it still counts, when it was made under another plan.
    mutating func refunded(_ key: UniqueID) -> UInt32? {
        guard let index = grants.firstIndex(where: { $0.key == key }) else { return 0 }
        guard grants[index].plan == changes.count - 1 else { return nil }
        return grants.remove(at: index).cost
    }

    /// Another plan is in force for all later grants.
    mutating func changed(to plan: TenantPlan, at now: MeshInstant) {
        changes.append((now, plan))
        isUnsettled = true
    }

    /// A crash shortly after a change of plan may find tokens that were spent under the old one on
    /// the standing lease alone, which names time and not tokens; and it may find a checkpoint of
    /// the old plan, whose debt shrinks as that plan had it.
    mutating func crashed() {
        guard isUnsettled else { return }
        let fastest = changes.map(\.plan.ratePerSecond).max() ?? 0
        slack += Int128(fastest) * Self.unit / 4
        isUnsettled = false
        for index in changes.indices { changes[index].plan.ratePerSecond = fastest }
    }

    /// Forgets all: after a crash that the plan allows to forget grants.
    mutating func forget(at now: MeshInstant) { grants = [] }

    /// The level after the last grant, and the burst in force then. A change of plan keeps what is
    /// spent, but for what the new bucket could not hold.
    private func standing() -> (level: Int128, burst: Int128) {
        var level: Int128 = 0
        var last = changes[0].at
        var plan = 0
        for grant in grants {
            while plan < grant.plan {
                level = fall(level, from: last, to: changes[plan + 1].at, plan)
                plan += 1
                last = changes[plan].at
                level = min(level, Int128(changes[plan].plan.burst) * Self.unit)
            }
            level = fall(level, from: last, to: grant.at, plan)
            level += Int128(grant.cost) * Self.unit
            last = grant.at
        }
        return (level, Int128(changes[plan].plan.burst) * Self.unit)
    }

    private func fall(
        _ level: Int128, from: MeshInstant, to: MeshInstant, _ plan: Int
    ) -> Int128 {
        let passed = Int128(to.nanoseconds - from.nanoseconds)
        return max(0, level - Int128(changes[plan].plan.ratePerSecond) * passed)
    }
}
