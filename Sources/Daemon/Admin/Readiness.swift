// SPDX-License-Identifier: MIT

import Synchronization

/// Whether this daemon can do its work, and if not, why: named checks, each ready or not.
///
/// A part that the work depends on (a connection, a recovery) declares its check when it is made,
/// which starts unready, and reports as it goes. Draining makes the whole unready for good.
package final class Readiness: Sendable {
    /// One check's last report.
    package struct Check: Sendable, Equatable {
        package let isReady: Bool
        /// Why not; empty when ready.
        package let reason: String
    }

    private struct State {
        var checks: [String: Check] = [:]
        var isDraining = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Declares a check; unready until reported ready.
    package func expect(_ name: String, reason: String = "starting") {
        state.withLock { state in
            guard state.checks[name] == nil else { return }
            state.checks[name] = Check(isReady: false, reason: reason)
        }
    }

    package func ready(_ name: String) {
        state.withLock { $0.checks[name] = Check(isReady: true, reason: "") }
    }

    package func unready(_ name: String, reason: String) {
        state.withLock { $0.checks[name] = Check(isReady: false, reason: reason) }
    }

    /// From now on this daemon takes no new work.
    package func drain() { state.withLock { $0.isDraining = true } }

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// True when every check is ready and no drain has begun.
    package var isReady: Bool {
        state.withLock { state in
            !state.isDraining && state.checks.values.allSatisfy(\.isReady)
        }
    }

    package var checks: [String: Check] { state.withLock { $0.checks } }
}
