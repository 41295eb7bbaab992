// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket

@Suite struct BucketPairTests {
    private let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)

    private func bucket(_ perSecond: UInt32, _ burst: UInt32) -> Bucket {
        Bucket(
            rate: BucketRate(perSecond: perSecond, burst: burst), arrival: .epoch,
            horizon: .distantFuture)
    }

    private func remaining(_ bucket: Bucket, at now: MeshInstant) -> UInt32? {
        guard case .decided(let decision) = bucket.take(0, at: now) else { return nil }
        return decision.remaining
    }

    @Test func `a take that the shared bucket refuses costs the tenant nothing`() {
        let pair = BucketPair(tenant: bucket(10, 5), global: bucket(1, 2))
        #expect(pair.take(2, at: start).scope == .tenant)
        for _ in 0..<20 {
            let (scope, outcome) = pair.take(1, at: start)
            #expect(scope == .global)
            guard case .decided(let decision) = outcome else { continue }
            #expect(decision.retryAfter == .seconds(1))
        }
        #expect(remaining(pair.tenant, at: start) == 3)
    }

    @Test func `a take that the tenant's bucket refuses costs nobody else anything`() throws {
        let pair = BucketPair(tenant: bucket(1, 1), global: bucket(1, 9))
        _ = pair.take(1, at: start)
        #expect(pair.take(1, at: start).scope == .tenant)
        #expect(remaining(try #require(pair.global), at: start) == 8)
    }

    @Test(arguments: 0..<UInt64(8))
    func `both ceilings hold when many threads fight for a shared bucket`(seed: UInt64) async {
        let global = bucket(50_000, 20)
        let pairs = (0..<3).map { _ in BucketPair(tenant: bucket(30_000, 15), global: global) }
        let clock = StepClock(start: start)
        let schedules = await withTaskGroup(of: [Schedule].self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var random = SplitMix(seed: seed * 16 + UInt64(worker))
                    var mine = Array(repeating: Schedule(), count: pairs.count)
                    for _ in 0..<2000 {
                        let instant = clock.advance(by: random.next() % 4000)
                        let tenant = Int(random.next() % UInt64(pairs.count))
                        guard
                            case (.tenant, .decided(let decision)) =
                                pairs[tenant].take(1, at: instant), decision.isGranted
                        else { continue }
                        mine[tenant].add(1, at: instant)
                    }
                    return mine
                }
            }
            return await group.reduce(into: Array(repeating: Schedule(), count: pairs.count)) {
                for index in pairs.indices { $0[index].add($1[index]) }
            }
        }
        var all = Schedule()
        for schedule in schedules {
            all.add(schedule)
            #expect(schedule.excess(perSecond: 30_000, burst: 15) <= 0)
        }
        #expect(all.grants.count > 20)
        #expect(all.excess(perSecond: 50_000, burst: 20) <= 0)
    }
}
