// SPDX-License-Identifier: MIT
import Synchronization

/// Raised once, by any thread, to tell another that its work is over.
final class OverFlag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
    }
}
