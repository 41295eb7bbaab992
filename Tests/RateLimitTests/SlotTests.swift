// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket
import Wire

@testable import RateLimit

/// Slots for requests in progress, without sockets: one desk, sessions as a test opens them.
@Suite struct SlotTests {
    private static let acme = "acme"
    private let now = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
    private let directory: BucketDirectory
    private let desk: TakeDesk

    init() {
        self.init(concurrency: 2)
    }

    private init(concurrency: UInt32, burst: UInt32 = 100, isShadow: Bool = false) {
        directory = BucketDirectory(
            plans: Self.plans(concurrency, burst: burst, isShadow: isShadow),
            inheritance: .init(checkpoints: [:], isClean: true),
            start: MeshInstant(nanoseconds: 1_790_000_000_000_000_000), bucketCountMax: 4)
        desk = TakeDesk(
            directory: directory, refunds: RefundBook(capacity: 64), leases: LeaseLedger(),
            counters: LimiterCounters()
        ) { _ in }
    }

    private static func plans(
        _ concurrency: UInt32, burst: UInt32 = 100, isShadow: Bool = false
    ) -> PlanBook {
        PlanBook([
            acme: TenantPlan(
                // So fast that no take waits for a checkpoint.
                ratePerSecond: 1_000_000, burst: burst, weight: 1, depthMax: 1,
                isShadow: isShadow, concurrency: concurrency)
        ])
    }

    private func take(
        _ key: UInt64, _ cost: UInt32 = 1, for holder: SlotHolder, at instant: MeshInstant? = nil
    ) -> Wire.Decision? {
        let request = TokenRequest(
            tenant: Self.acme, cost: cost, key: UniqueID(high: 0, low: key), hold: true)
        guard case .decided(let decision) = desk.decide(request, for: holder, at: instant ?? now)
        else { return nil }
        return decision
    }

    private func key(_ number: UInt64) -> UniqueID { UniqueID(high: 0, low: number) }

    @Test func `no more slots are held than the plan has, over all sessions [L-10]`() throws {
        let (one, other) = (SlotHolder(), SlotHolder())
        #expect(take(1, for: one)?.held == true)
        #expect(take(2, for: other)?.held == true)
        let refused = try #require(take(3, for: one))
        #expect(!refused.granted && !refused.held)
        #expect(refused.scope == .concurrency)
        #expect(refused.limit == 2 && refused.remaining == 0)
        #expect(refused.retryAfterMilliseconds == 1_000, "nothing was freed yet: a guess")
        other.release(key(2), at: now + .milliseconds(40))
        #expect(take(4, for: one)?.held == true)
        #expect(take(5, for: one)?.retryAfterMilliseconds == 40, "as long as slots are held")
    }

    @Test func `a take gets tokens and slot, or neither [L-9]`() throws {
        let tests = SlotTests(concurrency: 1, burst: 3)
        let holder = SlotHolder()
        // More than there is: no slot is held.
        #expect(try #require(tests.take(1, 4, for: holder)).scope == .tenant)
        #expect(holder.count == 0 && tests.directory.slotCount == 0)
        #expect(tests.take(2, 1, for: holder)?.held == true)
        // No slot is free: no token is taken.
        #expect(try #require(tests.take(3, 1, for: holder)).scope == .concurrency)
        holder.release(tests.key(2), at: tests.now)
        #expect(tests.take(4, 1, for: holder)?.remaining == 1)
    }

    @Test func `a slot is freed once, and by its own session alone [L-11]`() {
        let (one, other) = (SlotHolder(), SlotHolder())
        #expect(take(1, for: one)?.held == true)
        #expect(take(2, for: one)?.held == true)
        other.release(key(1), at: now)
        #expect(directory.slotCount == 2)
        for _ in 0..<3 { one.release(key(1), at: now) }
        #expect(directory.slotCount == 1)
    }

    @Test func `the end of a session frees what it held [L-11]`() {
        let (one, other) = (SlotHolder(), SlotHolder())
        for number in 1...2 { #expect(take(UInt64(number), for: one)?.held == true) }
        #expect(take(3, for: other)?.granted == false)
        one.close(at: now)
        #expect(directory.slotCount == 0)
        #expect(take(4, for: other)?.held == true)
        #expect(take(5, for: one)?.granted == false, "a session that is over holds nothing")
    }

    @Test func `a key that holds a slot holds no second one`() {
        let holder = SlotHolder()
        #expect(take(1, for: holder)?.held == true)
        #expect(take(1, for: holder)?.held == true)
        #expect(directory.slotCount == 1)
        holder.release(key(1), at: now)
        #expect(directory.slotCount == 0)
    }

    @Test func `a look shows what is free, and holds nothing`() throws {
        let holder = SlotHolder()
        #expect(take(1, for: holder)?.held == true)
        let look = try #require(take(9, 0, for: holder))
        #expect(look.scope == .concurrency && look.limit == 2 && look.remaining == 1)
        #expect(look.granted && !look.held && directory.slotCount == 1)
    }

    @Test func `a plan without a limit holds nothing`() throws {
        let tests = SlotTests(concurrency: 0)
        let holder = SlotHolder()
        let decision = try #require(tests.take(1, for: holder))
        #expect(decision.granted && !decision.held)
        #expect(holder.count == 0 && tests.take(2, 0, for: holder)?.scope == .tenant)
    }

    @Test func `a plan that is tried out lets all through, and counts the slots`() {
        let tests = SlotTests(concurrency: 1, isShadow: true)
        let holder = SlotHolder()
        for number in 1...3 { #expect(tests.take(UInt64(number), for: holder)?.held == true) }
        #expect(tests.directory.slotCount == 3)
    }

    @Test func `a limit that is lowered holds for those that come after`() {
        let holder = SlotHolder()
        for number in 1...2 { #expect(take(UInt64(number), for: holder)?.held == true) }
        _ = directory.adopt(Self.plans(1), at: now)
        holder.release(key(1), at: now)
        #expect(take(3, for: holder)?.granted == false)
        holder.release(key(2), at: now)
        #expect(take(4, for: holder)?.held == true)
    }

    @Test func `a tenant with requests in progress is not forgotten, however full its bucket`() {
        let holder = SlotHolder()
        for number in 1...2 { #expect(take(UInt64(number), for: holder)?.held == true) }
        let later = now + .seconds(60)
        for number in 0..<100 {
            _ = directory.entry(for: TenantID(unchecked: "stranger-\(number)"), at: later)
        }
        directory.evictFull(at: later)
        #expect(take(3, for: holder, at: later)?.scope == .concurrency)
        for number in 1...2 { holder.release(key(UInt64(number)), at: later) }
        directory.evictFull(at: later)
        #expect(directory.count == 0)
        #expect(take(4, for: holder, at: later)?.held == true)
    }

    @Test func `a take that is released before it is decided holds nothing [L-12]`() throws {
        let (directory, leases, desk) = Self.slow(concurrency: 1, from: now)
        let holder = SlotHolder()
        let request = TokenRequest(tenant: Self.acme, cost: 1, key: key(1), hold: true)
        #expect(desk.decide(request, for: holder, at: now) == .waits)
        #expect(directory.slotCount == 1, "kept for it until then")
        holder.release(key(1), at: now)
        #expect(directory.slotCount == 0)
        _ = leases.finish(try #require(leases.take()), isWritten: true)
        guard case .decided(let decision) = desk.decide(request, for: holder, at: now)
        else { throw Undecided() }
        #expect(!decision.granted && !decision.held)
        #expect(holder.count == 0 && directory.slotCount == 0)
    }

    @Test func `the same where a limit comes only while the take waits [L-12]`() throws {
        let (directory, leases, desk) = Self.slow(concurrency: 0, from: now)
        let holder = SlotHolder()
        let request = TokenRequest(tenant: Self.acme, cost: 1, key: key(1), hold: true)
        #expect(desk.decide(request, for: holder, at: now) == .waits)
        holder.release(key(1), at: now)
        _ = directory.adopt(Self.slowPlans(concurrency: 1), at: now)
        _ = leases.finish(try #require(leases.take()), isWritten: true)
        guard case .decided(let decision) = desk.decide(request, for: holder, at: now)
        else { throw Undecided() }
        #expect(!decision.granted && !decision.held)
        #expect(holder.count == 0 && directory.slotCount == 0)
    }

    /// A token a second: what is beyond the standing lease waits for a checkpoint.
    private static func slowPlans(concurrency: UInt32) -> PlanBook {
        PlanBook([
            acme: TenantPlan(
                ratePerSecond: 1, burst: 10, weight: 1, depthMax: 1, isShadow: false,
                concurrency: concurrency)
        ])
    }

    private static func slow(
        concurrency: UInt32, from now: MeshInstant
    ) -> (BucketDirectory, LeaseLedger, TakeDesk) {
        let directory = BucketDirectory(
            plans: slowPlans(concurrency: concurrency),
            inheritance: .init(checkpoints: [:], isClean: true), start: now, bucketCountMax: 4)
        let leases = LeaseLedger()
        let desk = TakeDesk(
            directory: directory, refunds: RefundBook(capacity: 64), leases: leases,
            counters: LimiterCounters()
        ) { _ in }
        return (directory, leases, desk)
    }

    private struct Undecided: Error {}
}
