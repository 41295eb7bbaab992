// SPDX-License-Identifier: MIT
import Orders
import Synchronization
import Wire

/// What the limiter's clients were granted, and the judgement of it. A client knows only that a grant
/// fell between its request and its answer: what it holds against the limiter is true whenever that
/// was.
final class TakeLedger: Sendable {
    /// A tenant under load.
    struct Subject: Sendable {
        let tenant: String
        let rate: UInt32
        let burst: UInt32
        let costMax: UInt32
        let laneCount: Int

        /// What one checkpoint lets a bucket spend, in tokens: a crash forgets less.
        var leaseTokens: Double {
            Double(max(rate, burst / 4)) + Double(costMax) + Double(rate)
        }
    }

    /// One that lives on its standing lease, one that wants every lease at once, and one whose burst
    /// is many leases.
    static let subjects = [
        Subject(tenant: "small", rate: 20, burst: 5, costMax: 2, laneCount: 2),
        Subject(tenant: "busy", rate: 2_000, burst: 500, costMax: 20, laneCount: 12),
        Subject(tenant: "deep", rate: 400, burst: 8_000, costMax: 100, laneCount: 6),
    ]

    struct Grant {
        let cost: UInt32
        let from: ContinuousClock.Instant
        let to: ContinuousClock.Instant
    }

    /// What a bucket was said to hold, at the last answer of one life and the first of the next.
    struct Passage {
        var tenant: String
        var before: (remaining: UInt32, at: ContinuousClock.Instant)
        var after: (remaining: UInt32, at: ContinuousClock.Instant)
        /// Tokens of takes whose answers were lost between.
        var lost: UInt32
    }

    private struct State {
        var life = 0
        var grants: [String: [Grant]] = [:]
        var passages: [Passage] = []
        /// Per tenant: in which life the last answer came, and what it said.
        var last: [String: (life: Int, remaining: UInt32, at: ContinuousClock.Instant)] = [:]
        var lost: [String: UInt32] = [:]
        var refusedCount = 0
        var unavailableCount = 0
    }

    private let state = Mutex(State())

    // MARK: - What happens

    /// How often it was killed.
    var life: Int { state.withLock(\.life) }

    func killed() { state.withLock { $0.life += 1 } }

    func answered(
        _ tenant: String, _ cost: UInt32, _ decision: Decision,
        from: ContinuousClock.Instant, to: ContinuousClock.Instant, askedIn life: Int
    ) {
        state.withLock { state in
            guard decision.scope != .unavailable else { return state.unavailableCount += 1 }
            if decision.granted {
                state.grants[tenant, default: []].append(Grant(cost: cost, from: from, to: to))
            } else {
                state.refusedCount += 1
            }
            // An answer that a kill came before says nothing of either side.
            guard life == state.life else { return }
            if let last = state.last[tenant], last.life < life {
                state.passages.append(
                    Passage(
                        tenant: tenant, before: (last.remaining, last.at),
                        after: (decision.remaining + (decision.granted ? cost : 0), from),
                        lost: state.lost[tenant] ?? 0))
                state.lost[tenant] = 0
            }
            state.last[tenant] = (life, decision.remaining, to)
        }
    }

    func lost(_ tenant: String, _ cost: UInt32) {
        state.withLock { $0.lost[tenant, default: 0] += cost }
    }

    var summary: String {
        state.withLock { state in
            let granted = Self.subjects.map {
                "\($0.tenant)=\(state.grants[$0.tenant]?.count ?? 0)"
            }
            return "granted \(granted.joined(separator: " ")) refused=\(state.refusedCount) "
                + "unavailable=\(state.unavailableCount) restarts_judged=\(state.passages.count)"
        }
    }

    // MARK: - Judgement

    /// Everything that broke a promise, in words.
    func judge() -> [String] {
        let (grants, passages) = state.withLock { ($0.grants, $0.passages) }
        var breaches: [String] = []
        for subject in Self.subjects {
            let excess = TakeCeiling(grants[subject.tenant] ?? [], subject).excess
            if excess > 0 { breaches.append("\(subject.tenant) got \(excess) tokens too many") }
            for passage in passages where passage.tenant == subject.tenant {
                let loss = Self.loss(passage, subject)
                guard loss > subject.leaseTokens else { continue }
                breaches.append("\(subject.tenant) lost \(loss) tokens by a restart")
            }
        }
        return breaches
    }

    /// The tokens that were missing after a restart, at the least.
    private static func loss(_ passage: Passage, _ subject: Subject) -> Double {
        let passed = (passage.after.at - passage.before.at) / .seconds(1)
        let due = min(
            Double(subject.burst), Double(passage.before.remaining) + passed * Double(subject.rate))
        // Others of its lanes took meanwhile: as many as may be under way at once, each its most.
        let others = Double(subject.costMax) * Double(subject.laneCount)
        return due - Double(passage.after.remaining) - Double(passage.lost) - others
    }
}
