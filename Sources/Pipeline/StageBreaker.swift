// SPDX-License-Identifier: MIT
import Synchronization

/// The circuit breaker that the workers of one subscription share.
final class StageBreaker: Sendable {
    private let state: Mutex<CircuitBreaker>

    init(_ breaker: CircuitBreaker) {
        state = Mutex(breaker)
    }

    var breaker: CircuitBreaker { state.withLock { $0 } }

    /// Counts one batch; true when the breaker is open now.
    func note(success: Bool) -> Bool {
        state.withLock { breaker in
            if success { breaker.succeeded() } else { breaker.failed() }
            return breaker.isOpen
        }
    }
}
