// SPDX-License-Identifier: MIT
import Orders

/// How long to wait after each failed call: what Standard Webhooks recommends, unless configured.
struct RetrySchedule: Sendable, Equatable {
    let waits: [Duration]

    static let recommended = RetrySchedule(
        waits: [
            .seconds(5), .seconds(300), .seconds(1_800), .seconds(7_200), .seconds(18_000),
            .seconds(36_000), .seconds(36_000),
        ])

    /// The wait once `failedCount` calls (from 1) have failed; nil when that was the last one.
    ///
    /// - Parameters:
    ///   - asked: what the receiver asked for; waited for if it is longer.
    ///   - random: spreads what failed together over a fifth of the wait more.
    func wait(afterFailed failedCount: Int, asked: Duration? = nil, random: UInt64) -> Duration? {
        guard waits.indices.contains(failedCount - 1) else { return nil }
        let wait = max(waits[failedCount - 1], asked ?? .zero)
        let share = UInt64(max(wait.wholeNanoseconds / 5, 0))
        return wait + .nanoseconds(Int64((share + 1).multipliedFullWidth(by: random).high))
    }
}
