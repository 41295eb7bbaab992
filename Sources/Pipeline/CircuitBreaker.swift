// SPDX-License-Identifier: MIT

/// Counts consecutive failures of what a stage stands on, and says when to pause and how long.
///
/// closed -> open after `failureCountMax` failures in a row -> half open after each pause, when a few
/// steps are tried; a success closes it from anywhere.
struct CircuitBreaker: Equatable {
    private let failureCountMax: Int
    private let pause: Duration
    private let pauseMax: Duration
    private(set) var failureCount = 0

    init(_ configuration: StageConfiguration) {
        failureCountMax = configuration.failureCountMax
        pause = configuration.pause
        pauseMax = configuration.pauseMax
    }

    var isOpen: Bool { failureCount >= failureCountMax }

    /// How long to stay away now: doubles with each failure beyond the first that opened it.
    var currentPause: Duration {
        let doublings = min(20, max(0, failureCount - failureCountMax))
        return min(pauseMax, pause * (1 << doublings))
    }

    /// How many steps to try while it is half open: one; after three failures some, so that one order
    /// that fails by itself cannot pass for the failure of all.
    var probeCount: Int { failureCount < failureCountMax + 3 ? 1 : Self.probeCountMax }

    private static let probeCountMax = 16

    mutating func failed() {
        failureCount += 1
    }

    mutating func succeeded() {
        failureCount = 0
    }
}
