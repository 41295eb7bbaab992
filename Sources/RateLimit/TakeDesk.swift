// SPDX-License-Identifier: MIT
package import Orders
import TokenBucket
package import Wire

/// Decides takes for one event loop. Not thread-safe: the buckets behind it are.
package final class TakeDesk {
    /// What a request comes to.
    package enum Answer: Equatable {
        case decided(Wire.Decision)
        /// A lease is being written; ask again when it is.
        case waits
    }

    private let directory: BucketDirectory
    private let refunds: RefundBook
    private let writer: CheckpointWriter
    private let counters: LimiterCounters
    private let waiter: CheckpointWriter.Waiter
    private var tally = LimiterCounters.Tally()
    private var entries: [String: Found] = [:]
    private var generation: UInt64

    private struct Found {
        let tenant: TenantID
        let entry: BucketDirectory.Entry
    }

    /// Entries kept by this loop before it starts over; the directory has them all.
    private static let entryCountMax = 65_536
    /// What takes are told that nothing durable covers at present.
    package static let unavailablePause: Duration = .seconds(1)

    /// - Parameter waiter: called on any thread when a lease waited for is written, or not.
    package init(
        directory: BucketDirectory, refunds: RefundBook, writer: CheckpointWriter,
        counters: LimiterCounters, waiter: @escaping CheckpointWriter.Waiter
    ) {
        self.directory = directory
        self.refunds = refunds
        self.writer = writer
        self.counters = counters
        self.waiter = waiter
        generation = directory.generation
    }

    package func decide(_ request: TokenRequest, at now: MeshInstant) -> Answer {
        // Twice at most, unless the bucket is evicted and filled again and again meanwhile.
        for _ in 0..<Self.attemptCountMax {
            guard let found = find(request.tenant, at: now) else { return .decided(unavailable()) }
            let (scope, outcome) = found.entry.buckets.take(request.cost, at: now)
            switch outcome {
            case .decided(let decision):
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

    private static let attemptCountMax = 8

    /// Gives a take's tokens back.
    /// - Returns: false when it is not, or no longer, known, or was given back already.
    package func refund(_ request: TokenReturn, at now: MeshInstant) -> Bool {
        guard let found = find(request.tenant, at: now),
            let grant = refunds.remove(request.key, of: found.tenant)
        else { return false }
        found.entry.buckets.refund(grant.cost, granted: grant.granted, at: now)
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
            retryAfterMilliseconds: Self.unavailablePause.wireMilliseconds)
    }

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
        let found = Found(tenant: tenant, entry: entry)
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
                    .init(tenant: found.tenant, cost: request.cost, granted: now),
                    under: request.key)
            }
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
            retryAfterMilliseconds: isGranted ? 0 : decision.retryAfterMilliseconds)
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
        _ = writer.want(name, bucket, through: bucket.leaseTarget(for: cost, at: now))
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
        let isWorthWaiting = writer.want(
            name, bucket, through: target, owner: ObjectIdentifier(self), waiter: waiter)
        guard isWorthWaiting else { return .decided(unavailable()) }
        tally.waited += 1
        return .waits
    }
}
