// SPDX-License-Identifier: MIT
import Sessions
import Synchronization

/// A session's wish to be told of a queue's depth.
final class DepthWatch: Sendable {
    let session: SessionHandle
    private let stopped = Atomic(false)

    init(session: SessionHandle) {
        self.session = session
    }

    var isStopped: Bool { stopped.load(ordering: .relaxed) }

    func stop() { stopped.store(true, ordering: .relaxed) }
}
