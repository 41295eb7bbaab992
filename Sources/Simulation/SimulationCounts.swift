// SPDX-License-Identifier: MIT

/// How much happened.
package struct SimulationCounts: Equatable, Sendable {
    package var steps = 0
    package var published = 0
    package var delivered = 0
    package var settled = 0
    /// Failures of the power, and ends of the process, also while it recovers.
    package var crashes = 0
    /// Connections cut.
    package var cuts = 0
    /// Errors of the disk that it answered with, of any kind.
    package var diskErrors = 0
    /// Bits that turned over on the disk.
    package var rottenBits = 0
    /// Of those, found by the broker and named.
    package var rottenBitsFound = 0
    package var clockSteps = 0

    package init() {}

    package static func += (total: inout SimulationCounts, part: SimulationCounts) {
        total.steps += part.steps
        total.published += part.published
        total.delivered += part.delivered
        total.settled += part.settled
        total.crashes += part.crashes
        total.cuts += part.cuts
        total.diskErrors += part.diskErrors
        total.rottenBits += part.rottenBits
        total.rottenBitsFound += part.rottenBitsFound
        total.clockSteps += part.clockSteps
    }
}
