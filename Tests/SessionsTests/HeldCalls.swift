// SPDX-License-Identifier: MIT

import Dispatch
import Sessions
import Synchronization
import Wire

/// Requests that the probe does not answer until the test says so.
final class HeldCalls: Sendable {
    private let mayFlood = DispatchSemaphore(value: 0)
    private let calls = Mutex<[(SessionHandle, UInt64)]>([])

    func add(_ session: SessionHandle, _ correlation: UInt64) {
        calls.withLock { $0.append((session, correlation)) }
    }

    /// Answers all.
    func release() {
        for (session, correlation) in calls.withLock({ $0 }) {
            session.reply(Published(sequence: 1, duplicate: false), to: correlation)
        }
    }

    /// Blocks the event loop that a late flood comes from until `letFlood`.
    func awaitFlood() { mayFlood.wait() }

    func letFlood() { mayFlood.signal() }
}
