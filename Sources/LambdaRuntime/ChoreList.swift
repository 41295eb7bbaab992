// SPDX-License-Identifier: MIT
import Pipeline
import Synchronization

/// What stands beside a stage and is seen to when the schedule says so: between invocations nothing
/// runs. Owner of its state: the mutex.
final class ChoreList: Sendable {
    private let chores = Mutex<[any StageChore]>([])

    func add(_ more: [any StageChore]) {
        chores.withLock { $0 += more }
    }

    /// One after the other: there is one connection to the database.
    func seeToAll() async {
        for chore in chores.withLock({ $0 }) { await chore.once() }
    }
}
