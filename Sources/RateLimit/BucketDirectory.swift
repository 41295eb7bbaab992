// SPDX-License-Identifier: MIT
package import Orders
import Synchronization
package import TokenBucket

/// Every bucket by name, made on demand. Shared by all event loops; each keeps what it found here
/// for as long as `generation` stands. Who makes room for whom: `BucketDirectory+Eviction.swift`.
package final class BucketDirectory: Sendable {
    /// What a take needs to know of a tenant.
    package struct Entry: Sendable {
        package let buckets: BucketPair
        package let isShadow: Bool
        package let whenAway: TenantPlan.AwayPolicy
        /// Where the plan limits the requests in progress.
        package let slots: SlotLimit?
    }

    /// Slots of a tenant, and how many there are.
    package struct SlotLimit: Sendable {
        package let counter: SlotCounter
        package let countMax: Int
    }

    struct State {
        var buckets: [String: Bucket] = [:]
        /// The same names, in no order that matters: eviction goes round them.
        var names: [String] = []
        /// Of tenants whose plans limit the requests in progress, or did.
        var slots: [String: SlotCounter] = [:]
        /// Where the next one to be evicted is looked for.
        var hand = 0
        var plans: PlanBook
        /// Counts changes of plans: buckets made between two of them are of one edition.
        var edition: UInt32 = 0
        /// What the process before left, for buckets not made yet.
        var inherited: [String: Bucket.Checkpoint]
    }

    let state: Mutex<State>
    private let changes = Atomic<UInt64>(0)
    private let start: MeshInstant
    private let isClean: Bool
    private let bucketCountMax: Int

    /// - Parameters:
    ///   - start: when this process began to serve.
    ///   - bucketCountMax: buckets in memory; further ones need room that a full one makes.
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

    /// Slots held, over all tenants.
    package var slotCount: Int { state.withLock { $0.slots.values.reduce(0) { $0 + $1.count } } }

    /// The tenant's buckets; `nil` when there is no room for another bucket.
    package func entry(for tenant: TenantID, at now: MeshInstant) -> Entry? {
        state.withLock { state in
            guard let own = bucket(tenant.text, at: now, in: &state) else { return nil }
            var global: Bucket?
            if state.plans.global != nil {
                global = bucket(PlanBook.globalName, at: now, in: &state)
                // Without it the tenant would be let through by itself alone.
                if global == nil { return nil }
            }
            let plan = state.plans.plan(of: tenant.text)
            return Entry(
                buckets: BucketPair(tenant: own, global: global), isShadow: plan.isShadow,
                whenAway: plan.whenAway, slots: state.slots(of: tenant.text, plan))
        }
    }

    package func plan(of tenant: String) -> TenantPlan {
        state.withLock { $0.plans.plan(of: tenant) }
    }

    /// The plans of the first tenants behind `after`, by name.
    package func plans(after: String, countMax: Int) -> [(tenant: String, plan: TenantPlan)] {
        state.withLock { $0.plans }.page(after: after, countMax: countMax)
    }

    /// The tenants that were near their limits most often.
    package func nearest(_ countMax: Int) -> [(tenant: String, count: Int)] {
        let near = state.withLock { state in
            state.buckets.compactMap { name, bucket in
                bucket.nearGrantCount > 0 ? (tenant: name, count: bucket.nearGrantCount) : nil
            }
        }
        return Array(near.sorted { $0.count > $1.count }.prefix(countMax))
    }

    /// Puts new plans in force for all takes from now on.
    ///
    /// - Returns: the buckets that want a lease, since they owe more time than before.
    package func adopt(
        _ plans: PlanBook, at now: MeshInstant
    ) -> [(name: String, bucket: Bucket)] {
        let uncovered = state.withLock { state in
            guard state.plans != plans else { return [(name: String, bucket: Bucket)]() }
            resumeInherited(before: plans, in: &state)
            state.plans = plans
            state.edition &+= 1
            var uncovered: [(name: String, bucket: Bucket)] = []
            for name in state.names {
                let rate = plans.plan(of: name).rate
                guard let held = state.buckets[name], held.rate != rate,
                    let bucket = held.replaced(by: rate, at: now, edition: state.edition)
                else { continue }
                state.buckets[name] = bucket
                if bucket.isUncovered(at: now) { uncovered.append((name, bucket)) }
            }
            return uncovered
        }
        touch()
        return uncovered
    }

    /// Takes every bucket out of use, at a clean stop: what is left to write.
    package func retireAll(at now: MeshInstant) -> [CheckpointStore.Checkpoint] {
        state.withLock { state in
            // A crash before this process may have left some that nobody has asked for since.
            for name in state.inherited.keys {
                state.buckets[name] = resumed(name, in: &state)
            }
            defer {
                state.buckets = [:]
                state.names = []
            }
            return state.buckets.compactMap { name, bucket in
                guard let arrival = bucket.retire(), arrival > now else { return nil }
                return .init(
                    bucket: name, state: .init(arrival: arrival, interval: bucket.rate.interval))
            }
        }
    }

    /// Makes the buckets that nobody has asked for yet and whose plans change: until now their debts
    /// fell as the old plans have it, and the new ones must not be told otherwise.
    private func resumeInherited(before plans: PlanBook, in state: inout State) {
        for name in state.inherited.keys
        where state.plans.plan(of: name).rate != plans.plan(of: name).rate {
            state.buckets[name] = resumed(name, in: &state)
            state.names.append(name)
        }
    }

    func touch() { changes.add(1, ordering: .releasing) }

    private func bucket(_ name: String, at now: MeshInstant, in state: inout State) -> Bucket? {
        if let bucket = state.buckets[name] { return bucket }
        if state.buckets.count >= bucketCountMax {
            guard state.evictOne(at: now) else { return nil }
        }
        let bucket = resumed(name, in: &state)
        state.buckets[name] = bucket
        state.names.append(name)
        return bucket
    }

    private func resumed(_ name: String, in state: inout State) -> Bucket {
        Bucket.resumed(
            rate: state.plans.plan(of: name).rate,
            checkpoint: state.inherited.removeValue(forKey: name), start: start, isClean: isClean,
            edition: state.edition)
    }
}

extension BucketDirectory.State {
    /// The tenant's slots, if `plan` limits them. Counts stay when a plan changes.
    fileprivate mutating func slots(
        of tenant: String, _ plan: TenantPlan
    ) -> BucketDirectory.SlotLimit? {
        guard plan.concurrency > 0 else { return nil }
        let counter = slots[tenant] ?? SlotCounter()
        slots[tenant] = counter
        return .init(counter: counter, countMax: Int(plan.concurrency))
    }
}
