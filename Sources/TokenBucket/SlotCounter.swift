// SPDX-License-Identifier: MIT
import Orders
import Synchronization

/// How many of a tenant's requests are in progress, for any number of threads: one atomic word.
///
/// Knows no owners: whoever holds a slot frees it once. While one is held, the counter cannot be
/// retired, so that two counters of one tenant never count beside each other.
package final class SlotCounter: Sendable {
    /// What asking for a slot comes to.
    package enum Outcome: Equatable, Sendable {
        /// Held; with this one, so many are.
        case held(count: Int)
        case full
        /// The counter was evicted: look its tenant up again.
        case retired
    }

    private let inUse = Atomic<Int>(0)
    /// How long slots were held of late, in nanoseconds; zero: none was freed yet.
    private let meanHold = Atomic<Int64>(0)

    private static let retired = Int.min
    /// One in so many of the mean is the latest slot's.
    private static let meanShare: Int64 = 8

    package init() {}

    /// Slots held now.
    package var count: Int { max(inUse.load(ordering: .relaxed), 0) }

    /// For how long slots were held of late; nil when none was freed yet.
    package var holdDuration: Duration? {
        let mean = meanHold.load(ordering: .relaxed)
        return mean > 0 ? .nanoseconds(mean) : nil
    }

    /// Holds a slot unless `countMax` are held.
    package func hold(countMax: Int) -> Outcome {
        var found = inUse.load(ordering: .acquiring)
        while true {
            guard found != Self.retired else { return .retired }
            guard found < countMax else { return .full }
            let (isSwapped, current) = inUse.weakCompareExchange(
                expected: found, desired: found + 1, ordering: .acquiringAndReleasing)
            if isSwapped { return .held(count: found + 1) }
            found = current
        }
    }

    /// Frees a slot that was held for `duration`.
    ///
    /// - Precondition: one is held.
    package func free(after duration: Duration) {
        let before = inUse.subtract(1, ordering: .acquiringAndReleasing).oldValue
        precondition(before > 0, "a slot is freed that nobody holds")
        let held = max(duration.wholeNanoseconds, 1)
        let mean = meanHold.load(ordering: .relaxed)
        // Of two threads at once one is not counted: it is a mean.
        let next = mean == 0 ? held : mean + (held - mean) / Self.meanShare
        meanHold.store(max(next, 1), ordering: .relaxed)
    }

    /// Takes the counter out of use.
    ///
    /// - Returns: false when a slot is held: then it stays in use.
    package func retireIfIdle() -> Bool {
        inUse.compareExchange(
            expected: 0, desired: Self.retired, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Brings a counter back that was retired in vain.
    package func revive() {
        _ = inUse.compareExchange(
            expected: Self.retired, desired: 0, ordering: .acquiringAndReleasing)
    }
}
