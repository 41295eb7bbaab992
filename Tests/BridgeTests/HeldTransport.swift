// SPDX-License-Identifier: MIT
import AWS
import Synchronization
import TestSupport

/// Sends, but once `hold` is called not before `letGo`.
final class HeldTransport: AWSTransport {
    private let calls = SignedCalls()
    private let gate = Mutex<Gate?>(nil)
    private let waiting = Atomic(0)

    /// Calls that have been held back so far.
    var heldCount: Int { waiting.load(ordering: .acquiring) }

    func hold() { gate.withLock { $0 = Gate() } }

    func letGo() {
        let held = gate.withLock { gate in
            defer { gate = nil }
            return gate
        }
        held?.open()
    }

    func send(
        _ request: AWSRequest, signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        if let gate = gate.withLock({ $0 }) {
            waiting.add(1, ordering: .acquiringAndReleasing)
            await withCheckedContinuation { waiter in gate.whenOpen { waiter.resume() } }
        }
        return try await calls.send(request, signedWith: credentials)
    }
}
