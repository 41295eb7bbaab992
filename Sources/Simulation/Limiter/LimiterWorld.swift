// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import SimulatedMachine
import TokenBucket
import Wire

/// A limiter, its database, its clocks and its clients, under every fault there is. The faults are in
/// `LimiterWorld+Faults.swift`, the writes in `LimiterWorld+Writes.swift`, the slots in
/// `LimiterWorld+Slots.swift`.
final class LimiterWorld {
    /// A write on its way to the database.
    struct Flight {
        let write: LeaseLedger.Write
        let number: Int64
        let epoch: Int64
    }

    var random: SplitMix64
    var trace = EventTrace()
    var counts = LimiterCounts()
    /// As it truly passes.
    var now = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
    /// By how much the wall clock is wrong.
    var wallError = Duration.zero
    var bootCount = 1
    var bootedAt: MeshInstant
    /// The boot in which the present limiter started.
    var stoodBoot = 1
    /// Whether the clock was ever behind at the start of the machine.
    var isClockBehind = false
    var database: SimulatedCheckpoints
    var isDatabaseAway = false
    /// Nothing goes wrong any more.
    var isResting = false
    var limiter: SimulatedLimiter
    var flight: Flight?
    /// Writes whose limiter gave them up or died: they may still arrive.
    var strays: [Flight] = []
    var plans: [String: TenantPlan]
    var judges: [String: CeilingJudge] = [:]
    /// Keys that may be refunded, and those that were.
    var keys: [(key: UniqueID, tenant: String)] = []
    var refundedKeys: Set<UniqueID> = []
    /// What came back in this life: a crash may forget it, like a lease.
    var givenBack: [String: Duration] = [:]
    let tenants: [String]
    /// Of the clients, with the limiter that lives now.
    var sessions = LimiterWorld.newSessions()

    static let costShare: UInt32 = 5

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let names = ["steady", "changing", "lenient"]
        var plans: [String: TenantPlan] = ["default": .fallback]
        for name in names { plans[name] = Self.plan(name, &random) }
        if random.once(in: 2) { plans[PlanBook.globalName] = Self.plan("all", &random) }
        self.plans = plans
        tenants = names
        bootedAt = now - .seconds(1000)
        database = SimulatedCheckpoints(plans: PlanBook(plans))
        limiter = SimulatedLimiter(
            &database, boot: "1", wall: now, sinceBoot: Duration.seconds(1000).wholeNanoseconds)
        for name in names + [PlanBook.globalName] {
            judges[name] = plans[name].map { CeilingJudge($0, from: now) }
        }
    }

    static func plan(_ name: String, _ random: inout SplitMix64) -> TenantPlan {
        TenantPlan(
            ratePerSecond: UInt32.random(in: 1...300, using: &random),
            burst: UInt32.random(in: 1...400, using: &random), weight: 1, depthMax: 1,
            isShadow: false, whenAway: name == "lenient" ? .allow : .refuse,
            concurrency: name == "all" ? 0 : UInt32.random(in: 0...4, using: &random))
    }

    /// Nanoseconds since the machine booted.
    var sinceBoot: Int64 { (now - bootedAt).wholeNanoseconds }

    /// The limiter's own clock.
    var instant: MeshInstant { MeshInstant(nanoseconds: limiter.offset + sinceBoot) }

    /// One thing happens.
    func step() throws(Breach) {
        trace.step += 1
        switch Int.random(in: 0..<100, using: &random) {
        case 0: crash(); try restart()
        case 1: try stop()
        case 2: if random.once(in: 4) { reboot(); try restart() }
        case 3: stepClock()
        case 4: isDatabaseAway.toggle(); trace.note(.failed, "database", isDatabaseAway ? 1 : 0)
        case 5: changePlan()
        case 6: evict()
        case 7...11: try refund()
        case 12...37: try moveWrite()
        case 38: database.sweep(before: instant - .seconds(60))
        case 39...50: release()
        case 51: endSession(Int.random(in: 0..<sessions.count, using: &random))
        default: try take()
        }
        try judgeSlots()
    }

    // MARK: - Takes

    private func take() throws(Breach) {
        let tenant = tenants[Int.random(in: 0..<tenants.count, using: &random)]
        let plan = plans[tenant] ?? .fallback
        let interval = Int64(plan.rate.interval)
        now += .nanoseconds(Int64.random(in: 0...interval * 2, using: &random))
        if random.once(in: 40) { now += .nanoseconds(interval * Int64(plan.burst) / 2) }
        let key =
            random.once(in: 3)
            ? UniqueID(high: random.next(), low: random.next() | 1) : .zero
        let request = TokenRequest(
            tenant: tenant,
            cost: UInt32.random(in: 0...max(1, plan.burst / Self.costShare), using: &random),
            key: key, hold: key != .zero && random.once(in: 2))
        counts.takes += 1
        let session = sessions[Int.random(in: 0..<sessions.count, using: &random)]
        try decide(request, session, since: instant)
    }

    func decide(
        _ request: TokenRequest, _ session: SimulatedSession, since: MeshInstant
    ) throws(Breach) {
        switch limiter.desks[session.desk].decide(request, for: session.openHolder, at: instant) {
        case .waits:
            limiter.waiting.append(.init(request: request, session: session, since: since))
            let limit = limiter.directory.plan(of: request.tenant).concurrency
            if request.hold { session.wait(request, limit: limit) }
        case .decided(let decision): try note(decision, request, session)
        }
    }

    /// A decision that went out to whoever asked.
    func note(
        _ decision: Wire.Decision, _ request: TokenRequest, _ session: SimulatedSession
    ) throws(Breach) {
        if request.hold { try noteSlot(decision, request, session) }
        guard request.cost > 0 else { return }
        guard decision.granted else {
            counts.refused += 1
            return trace.note(.refused, "take", UInt64(request.cost), request.key.low)
        }
        counts.granted += 1
        trace.note(
            .answered, "take", UInt64(request.cost), request.key.low,
            UInt64(tenants.firstIndex(of: request.tenant) ?? 9))
        if limiter.leases.isFailing { limiter.hasUncovered = true }
        if request.key != .zero { keys.append((request.key, request.tenant)) }
        for name in [request.tenant, PlanBook.globalName] {
            let key = request.key
            guard let excess = judges[name]?.granted(request.cost, key: key, at: now)
            else { continue }
            throw Breach("\(name) got \(excess) tokens more than burst and rate allow")
        }
    }

    private func refund() throws(Breach) {
        guard !keys.isEmpty else { return }
        let (key, tenant) = keys[Int.random(in: 0..<keys.count, using: &random)]
        let desk = limiter.desks[Int.random(in: 0...1, using: &random)]
        guard desk.refund(TokenReturn(tenant: tenant, key: key), at: instant) else { return }
        guard refundedKeys.insert(key).inserted else {
            throw Breach("the tokens of \(key) came back twice")
        }
        counts.refunds += 1
        trace.note(.answered, "refund", key.low)
        for name in [tenant, PlanBook.globalName] {
            let cost = judges[name]?.refunded(key)
            if judges[name] != nil, cost == nil {
                // The mesh's own bucket may be another one by now, which these are not given back to.
                guard name == PlanBook.globalName else {
                    throw Breach("\(name) got tokens back that were granted under another plan")
                }
                counts.halfRefunds += 1
            }
            givenBack[name, default: .zero] += .nanoseconds(
                (plans[name] ?? .fallback).rate.price(of: cost ?? 0))
        }
    }
}
