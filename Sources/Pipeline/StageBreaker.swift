// SPDX-License-Identifier: MIT
import Synchronization

/// The circuit breaker that the workers of one subscription share.
final class StageBreaker: Sendable {
    private struct State {
        var breaker: CircuitBreaker
        var obstacle: String?
    }

    private let state: Mutex<State>
    /// Whether this subscription only tries two steps.
    let isProbe: Bool

    init(_ breaker: CircuitBreaker) {
        state = Mutex(State(breaker: breaker))
        isProbe = breaker.isOpen
    }

    var breaker: CircuitBreaker { state.withLock { $0.breaker } }

    /// Why the last batch failed; nil when it did not.
    var obstacle: String? { state.withLock { $0.obstacle } }

    /// Counts one batch; true when the subscription is to end: the breaker is open, or it was and
    /// a try has shown what there was to see.
    func note(_ obstacle: String?) -> Bool {
        state.withLock { state in
            if obstacle == nil { state.breaker.succeeded() } else { state.breaker.failed() }
            state.obstacle = obstacle
            return isProbe || state.breaker.isOpen
        }
    }
}
