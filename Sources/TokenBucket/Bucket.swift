// SPDX-License-Identifier: MIT
package import Orders
import Synchronization

/// A token bucket that any number of threads may use: refill and take are one compare-and-swap.
///
/// This is GCRA. The whole state is one instant, the *arrival time*: when the bucket will be full
/// again if nobody takes anything. A take of n tokens moves it n intervals on, counted from now
/// if it has passed, and is granted only if it then lies at most `burst` intervals ahead of now.
///
/// **The ceiling.** Let k tokens be granted from instant a to instant b. The first grant leaves the
/// arrival time no earlier than a + cost, every later one moves it by its own cost, and the last
/// leaves it no later than b + burst x interval. So k x interval <= (b - a) + burst x interval:
/// k <= burst + rate x (b - a), for every window, however the takes interleave.
///
/// **Restarts.** A take is granted only if its arrival time is *covered*: at most `standingLease`
/// ahead of now, or at most `horizon`, which a checkpoint on disk already names. A process that
/// starts after a crash resumes at the later of the two, so that it can only grant less.
package final class Bucket: Sendable {
    /// How far ahead of now a bucket may spend without a checkpoint. Every bucket of a process that
    /// crashed starts this much short of full, so that buckets at rest need no row on disk.
    package static let standingLease: Duration = .nanoseconds(standingNanoseconds)
    static let standingNanoseconds: Int64 = 250_000_000

    /// The arrival time in nanoseconds, or `retired`.
    let arrival: Atomic<Int64>
    /// The latest take that found less than half of the burst spent; see `refund`.
    let thinAt = Atomic<Int64>(0)
    /// The arrival time that the last durable checkpoint names.
    let horizon: Atomic<Int64>
    /// Another plan is another bucket: see `replaced(by:at:edition:)`.
    package let rate: BucketRate
    /// Which plans it was made under. Tokens of one edition are not given back to another.
    package let edition: UInt32
    let refunds = Mutex(RefundLedger())
    let isLeaseOrdered = Atomic(false)
    private let nearCount = Atomic<Int>(0)

    static let retired = Int64.max

    /// What a take comes to.
    package enum Outcome: Equatable, Sendable {
        case decided(Decision)
        /// The rate allows it, but no checkpoint covers it yet: nothing was taken. Make
        /// `leaseTarget(for:at:)` durable, call `cover(through:)`, and take again.
        case uncovered
        /// The bucket was evicted: look its name up again.
        case retired
    }

    /// A bucket that is full from `arrival` on.
    ///
    /// - Parameters:
    ///   - arrival: for a bucket without history, any instant that has passed.
    ///   - horizon: what a checkpoint covers, if there is one.
    package init(
        rate: BucketRate, arrival: MeshInstant, horizon: MeshInstant? = nil, edition: UInt32 = 0
    ) {
        self.arrival = Atomic(min(arrival.nanoseconds, Self.retired - 1))
        self.horizon = Atomic(horizon?.nanoseconds ?? .min)
        self.rate = rate
        self.edition = edition
    }

    /// Takes `cost` tokens or none. A cost of zero takes nothing and says whether one token could
    /// be taken now.
    ///
    /// Instants may differ between threads and go backwards; an earlier one is granted less.
    ///
    /// - Parameter isCovered: false grants what no checkpoint covers: the ceiling then holds for as
    ///   long as this process lives, and a crash forgets such grants.
    package func take(
        _ cost: UInt32, at now: MeshInstant, isCovered mustBeCovered: Bool = true
    ) -> Outcome {
        let price = rate.price(of: cost)
        let instant = max(now.nanoseconds, 0)
        var found = arrival.load(ordering: .acquiring)
        while true {
            guard found != Self.retired else { return .retired }
            let debt = max(found - instant, 0)
            guard cost > 0 else { return .decided(peek(rate, debt: debt)) }
            // Compared without adding, so that no cost can overflow.
            guard price <= rate.tolerance - debt, price <= Self.retired - 1 - max(found, instant)
            else { return .decided(.refused(by: rate, price: price, debt: debt)) }
            let after = max(found, instant) + price
            guard !mustBeCovered || isCovered(after, at: instant) else { return .uncovered }
            // Before the swap, so that whoever sees the new arrival time sees this as well.
            if debt < rate.tolerance / 2 { noteThin(at: instant) }
            let (isSwapped, current) = arrival.weakCompareExchange(
                expected: found, desired: after, ordering: .acquiringAndReleasing)
            if isSwapped { return .decided(.granted(by: rate, debt: after - instant)) }
            found = current
        }
    }

    /// Notes a grant after which the bucket is nearly empty, for those who watch over tenants.
    package func noteNear() { nearCount.add(1, ordering: .relaxed) }

    /// How often that was.
    package var nearGrantCount: Int { nearCount.load(ordering: .relaxed) }

    private func peek(_ rate: BucketRate, debt: Int64) -> Decision {
        let price = rate.price(of: 1)
        return price <= rate.tolerance - debt
            ? .granted(by: rate, debt: debt) : .refused(by: rate, price: price, debt: debt)
    }

    private func noteThin(at instant: Int64) {
        guard thinAt.load(ordering: .relaxed) < instant else { return }
        thinAt.max(instant, ordering: .releasing)
    }
}
