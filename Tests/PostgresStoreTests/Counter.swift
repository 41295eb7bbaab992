// SPDX-License-Identifier: MIT
import Synchronization

/// Counts from several threads.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
}
