// SPDX-License-Identifier: MIT
package import Orders
import Synchronization
package import TokenBucket

/// Every bucket by name, made on demand. Shared by all event loops; each keeps what it found here
/// for as long as `generation` stands.
package final class BucketDirectory: Sendable {
    /// What a take needs to know of a tenant.
    package struct Entry: Sendable {
        package let buckets: BucketPair
        package let isShadow: Bool
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var plans: PlanBook
        /// What the process before left, for buckets not made yet.
        var inherited: [String: MeshInstant]
    }

    private let state: Mutex<State>
    private let changes = Atomic<UInt64>(0)
    private let start: MeshInstant
    private let isClean: Bool
    private let bucketCountMax: Int

    /// - Parameter start: when this process began to serve.
    package init(
        plans: PlanBook, inheritance: CheckpointStore.Inheritance, start: MeshInstant,
        bucketCountMax: Int
    ) {
        state = Mutex(State(plans: plans, inherited: inheritance.checkpoints))
        self.start = start
        isClean = inheritance.isClean
        self.bucketCountMax = bucketCountMax
    }

    /// Changes whenever an entry handed out before may be out of date.
    package var generation: UInt64 { changes.load(ordering: .acquiring) }

    package var count: Int { state.withLock { $0.buckets.count } }

    /// The tenant's buckets; `nil` when there is no room for another bucket.
    package func entry(for tenant: TenantID, at now: MeshInstant) -> Entry? {
        state.withLock { state in
            guard let own = bucket(tenant.text, at: now, in: &state) else { return nil }
            let global =
                state.plans.global == nil
                ? nil : bucket(PlanBook.globalName, at: now, in: &state)
            return Entry(
                buckets: BucketPair(tenant: own, global: global),
                isShadow: state.plans.plan(of: tenant.text).isShadow)
        }
    }

    package func plan(of tenant: String) -> TenantPlan {
        state.withLock { $0.plans.plan(of: tenant) }
    }

    /// Puts new plans in force for all takes from now on.
    package func adopt(_ plans: PlanBook) {
        state.withLock { state in
            guard state.plans != plans else { return }
            state.plans = plans
            for (name, bucket) in state.buckets { bucket.rate = plans.plan(of: name).rate }
        }
        changes.add(1, ordering: .releasing)
    }

    /// Forgets buckets that are full, a few at a time so that takes never wait long.
    package func evictFull(at now: MeshInstant) {
        let names = state.withLock { Array($0.buckets.keys) }
        for first in stride(from: 0, to: names.count, by: Self.evictedCountMax) {
            let slice = names[first..<min(first + Self.evictedCountMax, names.count)]
            state.withLock { state in
                for name in slice where state.buckets[name]?.retireIfFull(at: now) == true {
                    state.buckets[name] = nil
                }
            }
        }
        changes.add(1, ordering: .releasing)
    }

    /// Takes every bucket out of use, at a clean stop: what is left to write.
    package func retireAll(at now: MeshInstant) -> [CheckpointStore.Checkpoint] {
        state.withLock { state in
            defer {
                state.buckets = [:]
                state.inherited = [:]
            }
            let own = state.buckets.compactMap { name, bucket in
                bucket.retire().map { CheckpointStore.Checkpoint(bucket: name, arrival: $0) }
            }
            // A crash before this process may have left some that nobody has asked for since.
            let floor = isClean ? start : start + Bucket.standingLease
            let rest = state.inherited.filter { state.buckets[$0.key] == nil }
            return own.filter { $0.arrival > now }
                + rest.map { .init(bucket: $0.key, arrival: max($0.value, floor)) }
        }
    }

    private static let evictedCountMax = 1_024

    private func bucket(_ name: String, at now: MeshInstant, in state: inout State) -> Bucket? {
        if let bucket = state.buckets[name] { return bucket }
        guard state.buckets.count < bucketCountMax else { return nil }
        let bucket = Bucket.resumed(
            rate: state.plans.plan(of: name).rate,
            checkpoint: state.inherited.removeValue(forKey: name), start: start, isClean: isClean)
        state.buckets[name] = bucket
        return bucket
    }
}
