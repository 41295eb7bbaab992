// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import SimulatedMachine
import TokenBucket
import Wire

/// What becomes of checkpoints on their way: written, refused, lost, late.
extension LimiterWorld {
    /// A write begins, ends, or a stray one arrives.
    func moveWrite() throws(Breach) {
        if random.once(in: 12), !strays.isEmpty {
            let stray = strays.remove(at: Int.random(in: 0..<strays.count, using: &random))
            _ = database.advance(
                stray.write.checkpoints, number: stray.number, epoch: stray.epoch)
            return trace.note(.wrote, "stray", UInt64(stray.number))
        }
        now += .nanoseconds(Int64.random(in: 0...20_000_000, using: &random))
        if flight == nil { begin() } else { try end() }
        try expire()
    }

    private func begin() {
        guard let write = limiter.leases.take() else { return }
        limiter.writeCount += 1
        flight = Flight(write: write, number: limiter.writeCount, epoch: limiter.epoch)
    }

    private func end() throws(Breach) {
        guard let flight else { return }
        // Now and then the answer takes long, or never comes.
        if !isResting, random.once(in: 8) {
            now += .milliseconds(Int64.random(in: 0...3_000, using: &random))
        }
        let isLost = isDatabaseAway || (!isResting && random.once(in: 12))
        self.flight = nil
        counts.writes += 1
        if isLost {
            counts.failedWrites += 1
            // Not applied, applied unheard, or applied some time later.
            if random.once(in: 3) { apply(flight) } else { strays.append(flight) }
        } else {
            apply(flight)
        }
        trace.note(.wrote, "leases", UInt64(flight.number), isLost ? 1 : 0)
        _ = limiter.leases.finish(flight.write, isWritten: !isLost)
        if let isWritten = limiter.takeNews() { try wake(isWritten) }
    }

    private func apply(_ flight: Flight) {
        _ = database.advance(flight.write.checkpoints, number: flight.number, epoch: flight.epoch)
    }

    /// As `PendingTakes` does: who waited is decided, or refused as the plan says.
    private func wake(_ isWritten: Bool) throws(Breach) {
        let waiting = limiter.waiting
        limiter.waiting = []
        for take in waiting {
            if isWritten {
                try decide(take.request, take.session, since: take.since)
            } else {
                try giveUp(take)
            }
        }
    }

    private func expire() throws(Breach) {
        let late = limiter.waiting.filter { instant - $0.since > SimulatedLimiter.patience }
        limiter.waiting.removeAll { instant - $0.since > SimulatedLimiter.patience }
        for take in late { try giveUp(take) }
    }

    private func giveUp(_ take: SimulatedLimiter.Waiting) throws(Breach) {
        let decision = limiter.desks[take.session.desk].decideAway(
            take.request, for: take.session.openHolder, at: instant)
        if decision.granted, decision.scope != .unavailable { limiter.hasUncovered = true }
        if decision.granted, plans[take.request.tenant]?.whenAway == .refuse {
            throw Breach("\(take.request.tenant) was granted what nothing durable covers")
        }
        try note(decision, take.request, take.session)
    }

    /// All is well again: whatever was spent comes back, and every bucket gives its whole burst.
    func rest() throws(Breach) {
        isDatabaseAway = false
        isResting = true
        while flight != nil || !limiter.waiting.isEmpty || limiter.leases.isFailing {
            now += .seconds(1)
            _ = limiter.leases.want(
                "steady", try bucket("steady"), through: instant + .seconds(1))
            try moveWrite()
        }
        for tenant in tenants {
            now += .seconds(1 << 20)
            var burst = plans[tenant]?.burst ?? 0
            if let all = plans[PlanBook.globalName] { burst = min(burst, all.burst) }
            let before = counts.granted
            try decide(
                TokenRequest(tenant: tenant, cost: burst, key: .zero, hold: false), sessions[0],
                since: instant)
            while !limiter.waiting.isEmpty { try moveWrite() }
            guard counts.granted > before else { throw Breach("\(tenant) starves") }
        }
        for index in sessions.indices { endSession(index) }
        guard limiter.directory.slotCount == 0 else { throw Breach("a slot outlives its session") }
    }

    func bucket(_ tenant: String) throws(Breach) -> Bucket {
        guard let entry = limiter.directory.entry(for: TenantID(unchecked: tenant), at: instant)
        else { throw Breach("there is no room for \(tenant)") }
        return entry.buckets.tenant
    }
}
