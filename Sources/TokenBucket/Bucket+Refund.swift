// SPDX-License-Identifier: MIT
package import Orders
import Synchronization

extension Bucket {
    /// Gives back what a take granted at `granted` took, as far as the bucket still misses it.
    ///
    /// A bucket that has been full since has the tokens back already; giving them again would mint
    /// some. Call once for each take, and only while its plan is in force.
    package func refund(_ cost: UInt32, granted: MeshInstant, at now: MeshInstant) {
        let price = rate.price(of: cost)
        // The later of the two, should this thread's clock lag behind the one that granted.
        let now = max(now, granted)
        let lost = refunds.withLock { ledger in
            ledger.lost(
                price: price, granted: max(granted.nanoseconds, 0), at: now.nanoseconds,
                thinAt: thinAt.load(ordering: .acquiring), limit: rate.tolerance / 2)
        }
        guard lost < price else { return }
        var found = arrival.load(ordering: .acquiring)
        while found != Self.retired {
            let (isSwapped, current) = arrival.compareExchange(
                expected: found, desired: found - (price - lost), ordering: .acquiringAndReleasing)
            if isSwapped { return }
            found = current
        }
    }
}

/// How much of a grant may come back.
///
/// Without the grant, the bucket would have lost what flows in while it stood full: while less than
/// the grant's price was spent besides. Every take that found less than half of the burst spent
/// left its time in `thinAt`, so that grants of up to half the burst in all lost nothing after it.
/// Refunds lower what was spent besides for all grants before them, hence the sum. Beyond it, the
/// whole time since the grant counts as lost.
struct RefundLedger {
    private var sum: Int64 = 0
    private var last = Int64.min

    /// What must not come back, in nanoseconds; at least zero, perhaps more than `price`.
    mutating func lost(
        price: Int64, granted: Int64, at now: Int64, thinAt: Int64, limit: Int64
    ) -> Int64 {
        // Refunds before the grant say nothing about the time since.
        if granted > last { sum = 0 }
        let (total, overflow) = sum.addingReportingOverflow(price)
        let isWatched = !overflow && total <= limit
        sum = overflow ? .max : total
        last = max(last, now)
        return max(0, (isWatched ? thinAt : now) - granted)
    }
}
