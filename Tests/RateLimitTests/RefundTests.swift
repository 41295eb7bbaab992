// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket
import Wire

@testable import RateLimit

/// Tokens given back while plans change, without sockets: one desk, plans as a test sets them.
@Suite struct RefundTests {
    private let now = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
    private let directory: BucketDirectory
    private let desk: TakeDesk

    init() {
        directory = BucketDirectory(
            plans: Self.plans(["acme": 10, "globex": 10, PlanBook.globalName: 100]),
            inheritance: .init(checkpoints: [:], isClean: true),
            start: MeshInstant(nanoseconds: 1_790_000_000_000_000_000), bucketCountMax: 8)
        desk = TakeDesk(
            directory: directory, refunds: RefundBook(capacity: 64), leases: LeaseLedger(),
            counters: LimiterCounters()
        ) { _ in }
    }

    /// By the bursts of tenants, so fast that no take waits for a checkpoint.
    private static func plans(_ bursts: [String: UInt32], isShadow: Bool = false) -> PlanBook {
        PlanBook(
            bursts.mapValues {
                TenantPlan(
                    ratePerSecond: 1_000_000, burst: $0, weight: 1, depthMax: 1,
                    isShadow: isShadow)
            })
    }

    private func take(_ cost: UInt32, of tenant: String, key: UInt64 = 0) -> Wire.Decision? {
        let request = TokenRequest(
            tenant: tenant, cost: cost, key: UniqueID(high: 0, low: key), hold: false)
        guard case .decided(let decision) = desk.decide(request, at: now) else { return nil }
        return decision
    }

    private func refund(_ key: UInt64, of tenant: String) -> Bool {
        desk.refund(
            TokenReturn(tenant: tenant, key: UniqueID(high: 0, low: key)), at: now)
    }

    private func adopt(_ bursts: [String: UInt32], isShadow: Bool = false) {
        _ = directory.adopt(Self.plans(bursts, isShadow: isShadow), at: now)
    }

    /// Tokens left of the bucket that all tenants share, as a cost above it tells.
    private var sharedRemaining: UInt32? {
        directory.entry(for: TenantID(unchecked: "acme"), at: now)?.buckets.global
            .flatMap { bucket in
                guard case .decided(let decision) = bucket.take(0, at: now) else { return nil }
                return decision.remaining
            }
    }

    @Test func `a change of another tenant's plan forgets nobody's keys`() {
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        #expect(take(8, of: "globex", key: 2)?.granted == true)
        adopt(["acme": 10, "globex": 20, PlanBook.globalName: 100])
        #expect(refund(1, of: "acme"))
        #expect(!refund(1, of: "acme"), "and not twice")
        #expect(take(0, of: "acme")?.remaining == 10)
        #expect(sharedRemaining == 92)
    }

    @Test func `takes before a change of the tenant's own plan are not given back`() {
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        adopt(["acme": 5, "globex": 10, PlanBook.globalName: 100])
        // What the smaller bucket could not hold was forgiven: three of the eight.
        #expect(take(0, of: "acme")?.remaining == 0)
        #expect(!refund(1, of: "acme"))
        #expect(take(0, of: "acme")?.remaining == 0)
        #expect(sharedRemaining == 92)
        adopt(["acme": 10, "globex": 10, PlanBook.globalName: 100])
        #expect(!refund(1, of: "acme"), "the same plan again is another bucket all the same")
    }

    @Test func `a change that leaves the tokens as they are forgets no key`() {
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        adopt(["acme": 10, "globex": 10, PlanBook.globalName: 100], isShadow: true)
        #expect(refund(1, of: "acme"))
        #expect(take(0, of: "acme")?.remaining == 10)
    }

    @Test func `where the mesh's own bucket changed, the tenant alone has its tokens back`() {
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        adopt(["acme": 10, "globex": 10, PlanBook.globalName: 50])
        #expect(sharedRemaining == 42)
        #expect(refund(1, of: "acme"))
        #expect(take(0, of: "acme")?.remaining == 10)
        #expect(sharedRemaining == 42)
    }

    @Test func `a bucket of all that is there since is given nothing that it never gave`() {
        adopt(["acme": 10, "globex": 10])
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        adopt(["acme": 10, "globex": 10, PlanBook.globalName: 20])
        #expect(take(6, of: "globex")?.granted == true)
        #expect(refund(1, of: "acme"))
        #expect(sharedRemaining == 14)
        adopt(["acme": 10, "globex": 10])
        #expect(take(8, of: "acme", key: 2)?.granted == true)
        #expect(refund(2, of: "acme"))
    }

    @Test func `a bucket that was forgotten and made anew under another plan is another`() {
        #expect(take(8, of: "acme", key: 1)?.granted == true)
        directory.evictFull(at: now + .seconds(1))
        #expect(directory.count == 0)
        adopt(["acme": 1_000, "globex": 10, PlanBook.globalName: 100])
        #expect(take(90, of: "acme")?.granted == true)
        #expect(!refund(1, of: "acme"))
        #expect(take(0, of: "acme")?.remaining == 910)
    }
}
