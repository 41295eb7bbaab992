// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket

@Suite struct BucketRefundTests {
    private let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)

    private func bucket(_ perSecond: UInt32, _ burst: UInt32) -> Bucket {
        Bucket(
            rate: BucketRate(perSecond: perSecond, burst: burst), arrival: .epoch,
            horizon: .distantFuture)
    }

    private func isGranted(_ bucket: Bucket, _ cost: UInt32, at now: MeshInstant) -> Bool {
        guard case .decided(let decision) = bucket.take(cost, at: now) else { return false }
        return decision.isGranted
    }

    @Test func `a refund to a bucket in heavy use comes back whole however late`() {
        let bucket = bucket(1000, 100)
        var now = start
        #expect(isGranted(bucket, 100, at: now))
        now += .milliseconds(1)
        #expect(isGranted(bucket, 1, at: now))
        let granted = now
        // Saturated for a long time: every token that flows in is taken.
        for _ in 0..<500 {
            now += .milliseconds(1)
            #expect(isGranted(bucket, 1, at: now))
        }
        #expect(!isGranted(bucket, 1, at: now))
        bucket.refund(1, granted: granted, at: now)
        #expect(isGranted(bucket, 1, at: now))
        #expect(!isGranted(bucket, 1, at: now))
    }

    @Test func `a refund to a bucket that has filled up since gives nothing twice`() {
        let bucket = bucket(10, 5)
        #expect(isGranted(bucket, 2, at: start))
        let later = start + .seconds(10)
        #expect(isGranted(bucket, 5, at: later))
        bucket.refund(2, granted: start, at: later)
        #expect(!isGranted(bucket, 1, at: later))
    }

    @Test(arguments: 0..<UInt64(300))
    func `the ceiling holds for what was granted and not given back`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let perSecond = UInt32.random(in: 1...1000, using: &random)
        let burst = UInt32.random(in: 1...40, using: &random)
        let bucket = bucket(perSecond, burst)
        let interval = 1_000_000_000 / Int64(perSecond)
        // Some schedules starve the bucket, others leave it nearly full.
        let pace = Int64.random(in: 1...4, using: &random)
        var now = start
        var standing: [Schedule.Grant] = []
        for _ in 0..<400 {
            now += .nanoseconds(Int64.random(in: 0...interval * pace / 2, using: &random))
            if !standing.isEmpty, random.next() % 4 == 0 {
                // Mostly late ones, so that much has happened since.
                let index = Int(random.next() % UInt64(standing.count))
                let grant = standing.remove(at: index)
                bucket.refund(grant.cost, granted: grant.at, at: now)
                continue
            }
            let cost = UInt32.random(in: 1...max(1, burst / 3), using: &random)
            if isGranted(bucket, cost, at: now) { standing.append(.init(at: now, cost: cost)) }
        }
        var schedule = Schedule()
        for grant in standing { schedule.add(grant.cost, at: grant.at) }
        #expect(schedule.excess(perSecond: perSecond, burst: burst) <= 0)
    }

    @Test func `a grant is refunded once, to its own tenant, and only while remembered`() throws {
        let acme = try TenantID("acme")
        let grant = RefundWindow.Grant(
            tenant: acme, cost: 1, granted: start, editions: .init(tenant: 0, global: nil))
        var window = RefundWindow(capacity: 2)
        let keys = (1...3).map { UniqueID(high: 7, low: $0) }
        for key in keys { window.add(grant, under: key) }
        #expect(window.remove(keys[0], of: acme) == nil)
        #expect(window.remove(keys[1], of: try TenantID("other")) == nil)
        #expect(window.remove(keys[1], of: acme) == grant)
        #expect(window.remove(keys[1], of: acme) == nil)
        #expect(window.remove(keys[2], of: acme) == grant)
    }
}
