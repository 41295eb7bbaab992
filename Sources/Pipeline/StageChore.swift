// SPDX-License-Identifier: MIT
import Daemon
package import ServiceLifecycle

/// What a stage's program sees to beside its steps, now and then: something that a crash left behind.
package protocol StageChore: Service {
    /// The time from the end of one round to the beginning of the next, where the program itself keeps it.
    var interval: Duration { get }

    /// Sees to it once; a failure is logged, and the next round tries again.
    func once() async
}

extension StageChore {
    package func run() async throws {
        await repeating(every: interval) { await once() }
    }
}
