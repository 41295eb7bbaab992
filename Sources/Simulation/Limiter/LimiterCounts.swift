// SPDX-License-Identifier: MIT

/// How much happened in lives of a limiter.
package struct LimiterCounts: Equatable, Sendable {
    package var takes = 0
    package var granted = 0
    package var refused = 0
    package var refunds = 0
    /// Those of them that the mesh's own bucket, another one by then, got nothing of.
    package var halfRefunds = 0
    /// Slots held, freed by a release, and refused for want of one.
    package var held = 0
    package var released = 0
    package var full = 0
    package var endedSessions = 0
    package var crashes = 0
    package var cleanStops = 0
    package var writes = 0
    package var failedWrites = 0
    package var clockSteps = 0
    package var planChanges = 0
    package var evictions = 0

    package init() {}

    package static func += (total: inout LimiterCounts, part: LimiterCounts) {
        total.takes += part.takes
        total.granted += part.granted
        total.refused += part.refused
        total.refunds += part.refunds
        total.halfRefunds += part.halfRefunds
        total.held += part.held
        total.released += part.released
        total.full += part.full
        total.endedSessions += part.endedSessions
        total.crashes += part.crashes
        total.cleanStops += part.cleanStops
        total.writes += part.writes
        total.failedWrites += part.failedWrites
        total.clockSteps += part.clockSteps
        total.planChanges += part.planChanges
        total.evictions += part.evictions
    }

    /// For people and scripts, with commas between.
    var words: [String] {
        [
            "\(takes) takes", "\(granted) granted", "\(refused) refused", "\(refunds) refunds",
            "\(halfRefunds) of them by half",
            "\(held) slots held", "\(released) released", "\(full) times full",
            "\(endedSessions) sessions ended",
            "\(crashes) crashes", "\(cleanStops) clean stops", "\(writes) writes",
            "\(failedWrites) failed", "\(clockSteps) clock steps",
            "\(planChanges) plan changes", "\(evictions) evictions",
        ]
    }
}
