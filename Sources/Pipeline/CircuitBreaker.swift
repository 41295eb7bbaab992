// SPDX-License-Identifier: MIT

/// Counts consecutive failures of what a stage stands on, and says when to pause and how long.
///
/// closed -> open after `failureCountMax` failures in a row -> half open after each pause, when two
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

    /// Steps that are tried while it is half open: two, since one that fails may do so by itself.
    static let probeCount = 2

    mutating func failed() {
        failureCount += 1
    }

    mutating func succeeded() {
        failureCount = 0
    }
}
