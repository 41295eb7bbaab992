// SPDX-License-Identifier: MIT
import Orders
import Synchronization
import Testing
import TokenBucket

@testable import Bridge

/// Token buckets on the stand-in for DynamoDB; time is what the test says it is.
@Suite struct BucketLedgerTests {
    private let buckets: BucketLedger
    private let tenant = "tenant-\(UInt64.random(in: 0 ... .max))"
    private let rate = BucketRate(perSecond: 10, burst: 10)
    private let start = MeshInstant(milliseconds: 1_795_456_800_000)

    init() async throws {
        let cloud = try await BridgeFixture().cloud
        try await cloud.provision()
        buckets = cloud.desk.buckets
    }

    @Test func `forty takes at once get the ten tokens that there are [L-1]`() async throws {
        let (buckets, tenant, rate, start) = (buckets, tenant, rate, start)
        let grants = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await buckets.take(1, of: tenant, rate: rate, now: start).isGranted
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(grants == 10)
        let later = try await buckets.take(1, of: tenant, rate: rate, now: start + .seconds(1))
        #expect(later.isGranted)
        #expect(later.remaining == 9)
    }

    @Test func `a take that is refused takes nothing and says when`() async throws {
        #expect(try await buckets.take(8, of: tenant, rate: rate, now: start).isGranted)
        let refused = try await buckets.take(5, of: tenant, rate: rate, now: start)
        #expect(!refused.isGranted)
        #expect(refused.remaining == 2)
        #expect(refused.retryAfter == .milliseconds(300))
        let then = start + refused.retryAfter
        #expect(try await buckets.take(5, of: tenant, rate: rate, now: then).isGranted)
    }

    @Test func `a take that comes late is not refused for what was taken and came back meanwhile`()
        async throws
    {
        // Others, whose clock had gone on, used the burst up; the take began before them.
        #expect(
            try await buckets.take(10, of: tenant, rate: rate, now: start + .seconds(5)).isGranted)
        let clock = Mutex([start, start + .seconds(6)])
        let late = try await buckets.take(
            1, of: tenant, rate: rate,
            now: clock.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        #expect(late.isGranted)
    }

    @Test func `a look takes nothing [L-3]`() async throws {
        for _ in 0..<3 {
            let decision = try await buckets.take(0, of: tenant, rate: rate, now: start)
            #expect(decision.isGranted)
            #expect(decision.remaining == 10)
        }
    }

    @Test func `more than the burst is refused for ever [L-4]`() async throws {
        let refused = try await buckets.take(11, of: tenant, rate: rate, now: start)
        #expect(!refused.isGranted)
        #expect(refused.retryAfterMilliseconds == .max)
    }
}
