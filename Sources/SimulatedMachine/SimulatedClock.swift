// SPDX-License-Identifier: MIT
package import Orders
import Synchronization

/// A clock that stands still until it is moved, forward or, as when somebody sets it, back.
package final class SimulatedClock: MeshClock {
    private let time: Mutex<MeshInstant>

    package init(at start: MeshInstant = MeshInstant(milliseconds: 1_700_000_000_000)) {
        time = Mutex(start)
    }

    package func now() -> MeshInstant { time.withLock { $0 } }

    package func move(by duration: Duration) { time.withLock { $0 += duration } }
}
