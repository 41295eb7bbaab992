// SPDX-License-Identifier: MIT
package import Orders
import TokenBucket
package import Wire

/// Decides takes for one event loop. Not thread-safe: the buckets behind it are. Takes that hold a slot
/// as well: `TakeDesk+Slots.swift`.
package final class TakeDesk {
    /// What a request comes to.
    package enum Answer: Equatable {
        case decided(Wire.Decision)
        /// A lease is being written; ask again when it is.
        case waits
    }

    private let directory: BucketDirectory
    private let refunds: RefundBook
    private let leases: LeaseLedger
    private let counters: LimiterCounters
    private let waiter: LeaseLedger.Waiter
    private var tally = LimiterCounters.Tally()
    private var entries: [String: Found] = [:]
    private var generation: UInt64

    /// An object, so that to find it is to count one reference.
    private final class Found {
        let tenant: TenantID
        let entry: BucketDirectory.Entry

        init(_ tenant: TenantID, _ entry: BucketDirectory.Entry) {
            self.tenant = tenant
            self.entry = entry
        }
    }

    /// Entries kept by this loop before it starts over; the directory has them all.
    private static let entryCountMax = 65_536
    /// What takes are told that nothing durable covers at present.
    package static let unavailablePause: Duration = .seconds(1)

    /// - Parameter waiter: called on any thread when a lease waited for is written, or not.
    package init(
        directory: BucketDirectory, refunds: RefundBook, leases: LeaseLedger,
        counters: LimiterCounters, waiter: @escaping LeaseLedger.Waiter
    ) {
        self.directory = directory
        self.refunds = refunds
        self.leases = leases
        self.counters = counters
        self.waiter = waiter
        generation = directory.generation
    }

    /// Decides about the tokens of one take, or has it wait for a lease.
    func decide(_ request: TokenRequest, at now: MeshInstant) -> Answer {
        decide(request, at: now, isCovered: true)
    }

    /// The same for a take that waited for a lease in vain, as the tenant's plan says.
    func decideAway(_ request: TokenRequest, at now: MeshInstant) -> Wire.Decision {
        guard let found = find(request.tenant, at: now), found.entry.whenAway == .allow,
            case .decided(let decision) = decide(request, at: now, isCovered: false)
        else { return unavailable() }
        return decision
    }

    private func decide(
        _ request: TokenRequest, at now: MeshInstant, isCovered: Bool
    ) -> Answer {
        // Twice at most, unless the bucket is evicted and filled again and again meanwhile.
        for _ in 0..<Self.attemptCountMax {
            guard let found = find(request.tenant, at: now) else { return .decided(unavailable()) }
            let (scope, outcome) = take(request.cost, found.entry, at: now, isCovered: isCovered)
            switch outcome {
            case .decided(let decision):
                if !isCovered, decision.isGranted { tally.uncovered += 1 }
                return .decided(settle(decision, scope, request, found, at: now))
            case .uncovered:
                return cover(scope, request, found.entry, at: now)
            case .retired:
                entries[request.tenant] = nil
                // The shared bucket may be the one that was evicted.
                if scope == .global { entries.removeAll(keepingCapacity: true) }
            }
        }
        return .decided(unavailable())
    }

    /// A tenant whose plan is only tried out is let through by its own bucket, not by that of all.
    private func take(
        _ cost: UInt32, _ entry: BucketDirectory.Entry, at now: MeshInstant, isCovered: Bool
    ) -> (BucketPair.Scope, Bucket.Outcome) {
        let (scope, outcome) = entry.buckets.take(cost, at: now, isCovered: isCovered)
        guard entry.isShadow, cost > 0, scope == .tenant, let global = entry.buckets.global,
            case .decided(let decision) = outcome, !decision.isGranted
        else { return (scope, outcome) }
        let shared = global.take(cost, at: now, isCovered: isCovered)
        if case .decided(let verdict) = shared, verdict.isGranted { return (scope, outcome) }
        return (.global, shared)
    }

    static let attemptCountMax = 8

    /// Gives a take's tokens back.
    /// - Returns: false when it is not, or no longer, known, was given back already, or the tenant's plan
    ///   was changed since.
    package func refund(_ request: TokenReturn, at now: MeshInstant) -> Bool {
        guard let found = find(request.tenant, at: now),
            let grant = refunds.remove(request.key, of: found.tenant),
            found.entry.buckets.refund(
                grant.cost, from: grant.editions, granted: grant.granted, at: now)
        else { return false }
        tally.refunded += 1
        return true
    }

    /// Adds up what was counted since the last call.
    package func publishCounts() {
        counters.add(tally)
        tally = LimiterCounters.Tally()
    }

    /// The refusal of a take that nothing durable covers.
    package func unavailable() -> Wire.Decision {
        tally.unavailable += 1
        return Wire.Decision(
            granted: false, scope: .unavailable, limit: 0, remaining: 0, resetMilliseconds: 0,
            retryAfterMilliseconds: Self.unavailablePause.wireMilliseconds, windowSeconds: 0,
            held: false)
    }

    // MARK: - For takes that hold a slot

    /// The tenant's slots; nil when its plan does not limit them, or nothing is known of it.
    func slots(of tenant: String, at now: MeshInstant) -> BucketDirectory.SlotLimit? {
        find(tenant, at: now)?.entry.slots
    }

    func isShadow(_ tenant: String, at now: MeshInstant) -> Bool {
        find(tenant, at: now)?.entry.isShadow ?? false
    }

    /// What this loop knows of a tenant is out of date.
    func forget(_ tenant: String) { entries[tenant] = nil }

    func notePeeked() { tally.peeked += 1 }

    func noteShadowed() { tally.shadowed += 1 }

    func noteFull() { tally.refusedByConcurrency += 1 }

    // MARK: -

    private func find(_ name: String, at now: MeshInstant) -> Found? {
        let current = directory.generation
        if current != generation {
            entries.removeAll(keepingCapacity: true)
            generation = current
        }
        if let found = entries[name] { return found }
        guard let tenant = try? TenantID(name), let entry = directory.entry(for: tenant, at: now)
        else { return nil }
        if entries.count >= Self.entryCountMax { entries.removeAll(keepingCapacity: true) }
        let found = Found(tenant, entry)
        entries[name] = found
        return found
    }

    private func settle(
        _ decision: TokenBucket.Decision, _ scope: BucketPair.Scope, _ request: TokenRequest,
        _ found: Found, at now: MeshInstant
    ) -> Wire.Decision {
        var isGranted = decision.isGranted
        if request.cost == 0 {
            tally.peeked += 1
        } else if isGranted {
            tally.granted += 1
            if request.key != .zero {
                refunds.add(
                    .init(
                        tenant: found.tenant, cost: request.cost, granted: now,
                        editions: found.entry.buckets.editions),
                    under: request.key)
            }
            if decision.remaining < decision.limit / Self.nearShare { noteNear(found.entry) }
            renew(found.entry.buckets, request.tenant, at: now)
        } else if found.entry.isShadow, scope == .tenant {
            tally.shadowed += 1
            isGranted = true
        } else if scope == .tenant {
            tally.refusedByTenant += 1
        } else {
            tally.refusedByGlobal += 1
        }
        return Wire.Decision(
            granted: isGranted, scope: scope == .tenant ? .tenant : .global,
            limit: decision.limit, remaining: decision.remaining,
            resetMilliseconds: decision.resetMilliseconds,
            retryAfterMilliseconds: isGranted ? 0 : decision.retryAfterMilliseconds,
            windowSeconds: decision.windowSeconds, held: false)
    }

    /// Less than one in so many tokens left is near the limit.
    private static let nearShare: UInt32 = 5

    private func noteNear(_ entry: BucketDirectory.Entry) {
        tally.near += 1
        entry.buckets.tenant.noteNear()
    }

    /// Orders the next lease before the present one is used up.
    private func renew(_ buckets: BucketPair, _ tenant: String, at now: MeshInstant) {
        if buckets.tenant.wantsLease(at: now) { order(buckets.tenant, tenant, cost: 1, at: now) }
        if let global = buckets.global, global.wantsLease(at: now) {
            order(global, PlanBook.globalName, cost: 1, at: now)
        }
    }

    private func order(_ bucket: Bucket, _ name: String, cost: UInt32, at now: MeshInstant) {
        guard bucket.orderLease() else { return }
        _ = leases.want(name, bucket, through: bucket.leaseTarget(for: cost, at: now))
    }

    private func cover(
        _ scope: BucketPair.Scope, _ request: TokenRequest, _ entry: BucketDirectory.Entry,
        at now: MeshInstant
    ) -> Answer {
        let (bucket, name) =
            switch scope {
            case .tenant: (entry.buckets.tenant, request.tenant)
            case .global: (entry.buckets.global ?? entry.buckets.tenant, PlanBook.globalName)
            }
        let target = bucket.leaseTarget(for: request.cost, at: now)
        let isWorthWaiting = leases.want(
            name, bucket, through: target, owner: ObjectIdentifier(self), waiter: waiter)
        guard isWorthWaiting else { return .decided(decideAway(request, at: now)) }
        tally.waited += 1
        return .waits
    }
}
