// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import SimulatedMachine
import TokenBucket
import Wire

/// Ends of the limiter and its machine, clocks, plans, crowds.
extension LimiterWorld {
    /// How much later than it stood each bucket may resume, in any restart of one machine.
    private func leaseMax(_ plan: TenantPlan) -> Duration {
        max(
            plan.rate.lease(for: max(1, plan.burst / Self.costShare)) + .nanoseconds(1),
            Bucket.standingLease)
    }

    /// Nothing of the limiter's end runs; what was on its way may arrive or not.
    func crash() {
        counts.crashes += 1
        trace.note(.killed)
        sessions = Self.newSessions()
        if let flight { strays.append(flight) }
        if random.once(in: 2), let stray = strays.last {
            _ = database.advance(
                stray.write.checkpoints, number: stray.number, epoch: stray.epoch)
        }
        flight = nil
        for name in judges.keys {
            if plans[name]?.whenAway == .allow, limiter.hasUncovered {
                judges[name]?.forget(at: now)
            } else {
                judges[name]?.crashed()
            }
        }
        // What all tenants share is as good as the most lenient of them.
        if limiter.hasUncovered { judges[PlanBook.globalName]?.forget(at: now) }
    }

    /// The next life, held against what the last one left: it may grant less by one lease.
    func restart() throws(Breach) {
        let isSameBoot = stoodBoot == bootCount
        let stood = standings()
        defer { givenBack = [:] }
        now += .milliseconds(Int64.random(in: 0...500, using: &random))
        let wall = now + wallError
        limiter = SimulatedLimiter(
            &database, boot: "\(bootCount)", wall: wall, sinceBoot: sinceBoot)
        stoodBoot = bootCount
        trace.note(.recovered, "", UInt64(bitPattern: limiter.offset))
        // Half of the time buckets are made when they are asked for, as in the daemon.
        guard isSameBoot, !isClockBehind, random.once(in: 2) else { return }
        for (tenant, before) in stood {
            guard let plan = plans[tenant] else { continue }
            let resumed = max(try bucket(tenant).arrivalTime ?? instant, instant)
            let loss = resumed - max(before, instant)
            guard loss <= leaseMax(plan) + (givenBack[tenant] ?? .zero) else {
                throw Breach("\(tenant) lost \(loss) by a restart, more than one lease")
            }
        }
    }

    /// Where the buckets of tenants with lasting plans stand.
    private func standings() -> [String: MeshInstant] {
        var standings: [String: MeshInstant] = [:]
        for tenant in tenants where tenant != "changing" {
            standings[tenant] = (try? bucket(tenant))?.arrivalTime
        }
        return standings
    }

    /// A stop in order, unless the database does not hear of it.
    func stop() throws(Breach) {
        guard flight == nil else { return }
        let stood = standings()
        let left = limiter.directory.retireAll(at: instant)
        let isHeard = !isDatabaseAway && database.close(left, epoch: limiter.epoch)
        trace.note(.emptied, "stop", isHeard ? 1 : 0)
        guard isHeard else {
            crash()
            limiter.waiting = []
            return try begin(after: stood, isClean: false)
        }
        counts.cleanStops += 1
        try begin(after: stood, isClean: true)
    }

    private func begin(after stood: [String: MeshInstant], isClean: Bool) throws(Breach) {
        sessions = Self.newSessions()
        let wall = now + wallError
        limiter = SimulatedLimiter(
            &database, boot: "\(bootCount)", wall: wall, sinceBoot: sinceBoot)
        stoodBoot = bootCount
        guard isClean else { return }
        for (tenant, before) in stood {
            let resumed = max(try bucket(tenant).arrivalTime ?? instant, instant)
            guard resumed <= max(before, instant) else {
                throw Breach("\(tenant) lost something by a stop in order")
            }
        }
    }

    /// The machine starts anew: its own clock at zero, the wall clock set right, or behind.
    func reboot() {
        crash()
        let truth = instant - now
        now += .seconds(Int64.random(in: 0...5, using: &random))
        // A clock that is behind makes checkpoints look as if they lay far ahead: that costs more.
        let isSetBack = random.once(in: 2)
        isClockBehind = isClockBehind || isSetBack
        wallError =
            isSetBack
            ? truth - .milliseconds(Int64.random(in: 0...5_000, using: &random)) : truth
        bootCount += 1
        bootedAt = now
        trace.note(.lost, "boot", UInt64(bootCount))
    }

    func stepClock() {
        counts.clockSteps += 1
        wallError += .seconds(Int64.random(in: -7_200...7_200, using: &random))
        trace.note(.stepped, "wall")
    }

    func changePlan() {
        guard random.once(in: 2) else { return }
        let isGlobal = plans[PlanBook.globalName] != nil && random.once(in: 3)
        let name = isGlobal ? PlanBook.globalName : "changing"
        let plan = Self.plan(isGlobal ? "all" : name, &random)
        // The same tokens again would be no change.
        guard plan.rate != plans[name]?.rate else { return }
        counts.planChanges += 1
        plans[name] = plan
        database.plans = PlanBook(plans)
        judges[name]?.changed(to: plan, at: now)
        trace.note(.asked, "plan", UInt64(plan.ratePerSecond), UInt64(plan.burst))
        limiter.adopt(database.plans, at: instant)
    }

    /// Strangers crowd the directory, and full buckets go.
    func evict() {
        counts.evictions += 1
        for number in 0..<UInt64.random(in: 1...40, using: &random) {
            let stranger = TenantID(unchecked: "stranger-\(number)")
            _ = limiter.directory.entry(for: stranger, at: instant)
        }
        if random.once(in: 2) { limiter.directory.evictFull(at: instant) }
        trace.note(.emptied, "buckets", UInt64(limiter.directory.count))
    }
}
