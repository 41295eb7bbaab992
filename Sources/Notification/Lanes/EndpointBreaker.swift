// SPDX-License-Identifier: MIT
import Orders

/// Leaves a recipient alone who fails again and again.
///
/// closed -> open after `failureCountMax` failures in a row -> one call is tried after each pause,
/// which doubles when it fails too, up to ten times the first; whatever succeeds closes it.
struct EndpointBreaker: Equatable, Sendable {
    static let failureCountMax = 5
    /// The longest pause, in first ones.
    static let pauseCountMax = 10

    enum Admission: Equatable {
        case call
        /// The one call that is tried.
        case probe
        /// Not now, and for how long not.
        case leaveAlone(Duration)
    }

    enum Change: Equatable {
        case opened(pause: Duration)
        case closed
    }

    /// The first pause.
    let pause: Duration
    private var failureCount = 0
    /// When the next call is tried; nil while closed.
    private var due: MeshInstant?
    private var currentPause: Duration
    private var isProbing = false

    init(pause: Duration) {
        self.pause = pause
        currentPause = pause
    }

    private var pauseMax: Duration { pause * Self.pauseCountMax }

    var isOpen: Bool { due != nil }
    /// As new: nothing to remember.
    var isPristine: Bool { self == EndpointBreaker(pause: pause) }

    mutating func admit(at now: MeshInstant) -> Admission {
        guard let due else { return .call }
        let wait = due - now
        // A clock that was set back must not hold a recipient off for longer than any pause.
        guard wait > .zero, wait <= pauseMax else {
            guard !isProbing else { return .leaveAlone(pause) }
            isProbing = true
            return .probe
        }
        return .leaveAlone(wait)
    }

    mutating func succeeded() -> Change? {
        defer { self = EndpointBreaker(pause: pause) }
        return isOpen ? .closed : nil
    }

    /// - Parameter wasProbe: as `admit` said; others that were begun before it opened tell nothing new.
    mutating func failed(asProbe wasProbe: Bool, at now: MeshInstant) -> Change? {
        if isOpen {
            guard wasProbe else { return nil }
            currentPause = min(currentPause * 2, pauseMax)
        } else {
            failureCount += 1
            guard failureCount >= Self.failureCountMax else { return nil }
        }
        isProbing = false
        due = now + currentPause
        return .opened(pause: currentPause)
    }

    /// The call ended and says nothing about the recipient.
    mutating func ended(asProbe wasProbe: Bool) {
        if wasProbe { isProbing = false }
    }
}
