// SPDX-License-Identifier: MIT
package import Daemon
import Synchronization

/// What the limiter did, added up once for each burst of frames and shown in `/metrics`.
package final class LimiterCounters: Sendable {
    /// One event loop's count since it was last added up.
    package struct Tally: Sendable {
        package var granted = 0
        package var refusedByTenant = 0
        package var refusedByGlobal = 0
        /// The tenant had too many requests in progress.
        package var refusedByConcurrency = 0
        package var unavailable = 0
        /// Would have been refused, but the plan is only being tried out.
        package var shadowed = 0
        /// Granted without a checkpoint, by a plan that says so, while the database was away.
        package var uncovered = 0
        /// Grants that left less than a fifth of the bucket.
        package var near = 0
        package var peeked = 0
        /// Takes that had to wait for a checkpoint.
        package var waited = 0
        package var refunded = 0

        package init() {}
    }

    private let total = Mutex(Tally())

    package init() {}

    package func add(_ tally: Tally) {
        total.withLock { total in
            total.granted += tally.granted
            total.refusedByTenant += tally.refusedByTenant
            total.refusedByGlobal += tally.refusedByGlobal
            total.refusedByConcurrency += tally.refusedByConcurrency
            total.unavailable += tally.unavailable
            total.shadowed += tally.shadowed
            total.uncovered += tally.uncovered
            total.near += tally.near
            total.peeked += tally.peeked
            total.waited += tally.waited
            total.refunded += tally.refunded
        }
    }

    package func register(in metrics: MetricsRegistry, buckets: BucketDirectory) {
        metrics.sample("mesh_limiter_decisions_total", as: .counter) {
            let total = self.total.withLock { $0 }
            let counts = [
                ("granted", total.granted), ("tenant", total.refusedByTenant),
                ("global", total.refusedByGlobal), ("unavailable", total.unavailable),
                ("shadowed", total.shadowed), ("peeked", total.peeked),
                ("uncovered", total.uncovered), ("concurrency", total.refusedByConcurrency),
            ]
            return counts.map { .init(Double($0.1), labels: [("outcome", $0.0)]) }
        }
        metrics.sample("mesh_limiter_near_limit_total", as: .counter) {
            [.init(Double(self.total.withLock { $0.near }))]
        }
        // Of those only who is near: at most a thousand, the nearest first.
        metrics.sample("mesh_limiter_near_limit_tenant_total", as: .counter) {
            buckets.nearest(1_000).map { .init(Double($0.count), labels: [("tenant", $0.tenant)]) }
        }
        metrics.sample("mesh_limiter_waits_total", as: .counter) {
            [.init(Double(self.total.withLock { $0.waited }))]
        }
        metrics.sample("mesh_limiter_refunds_total", as: .counter) {
            [.init(Double(self.total.withLock { $0.refunded }))]
        }
        metrics.sample("mesh_limiter_buckets") { [.init(Double(buckets.count))] }
        metrics.sample("mesh_limiter_slots") { [.init(Double(buckets.slotCount))] }
    }
}
