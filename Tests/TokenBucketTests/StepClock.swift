// SPDX-License-Identifier: MIT
import Orders
import Synchronization

/// A clock for many threads that moves only when one of them says so.
final class StepClock: Sendable {
    private let nanoseconds: Atomic<Int64>

    init(start: MeshInstant) { nanoseconds = Atomic(start.nanoseconds) }

    func advance(by step: UInt64) -> MeshInstant {
        MeshInstant(nanoseconds: nanoseconds.add(Int64(step), ordering: .relaxed).newValue)
    }
}
