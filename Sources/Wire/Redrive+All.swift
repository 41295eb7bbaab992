// SPDX-License-Identifier: MIT
import Orders

extension Redrive {
    /// All dead letters of `queue`, or those with `sequences`, at once.
    package init(_ queue: String, sequences: [UInt64] = [], who: String, why: String) {
        self.init(
            queue: queue, sequences: sequences, limit: 0, who: who, why: why, filter: .all,
            dryRun: false, ratePerSecond: 0, id: .zero)
    }
}
