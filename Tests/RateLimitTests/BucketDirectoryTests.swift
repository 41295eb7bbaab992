// SPDX-License-Identifier: MIT
import Foundation
import Orders
import RateLimit
import Testing
import TokenBucket

@Suite struct BucketDirectoryTests {
    private let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)

    private func directory(_ plans: [String: TenantPlan], room: Int) -> BucketDirectory {
        BucketDirectory(
            plans: PlanBook(plans), inheritance: .init(checkpoints: [:], isClean: true),
            start: start, bucketCountMax: room)
    }

    private func plan(_ rate: UInt32, burst: UInt32) -> TenantPlan {
        TenantPlan(ratePerSecond: rate, burst: burst, weight: 1, depthMax: 1, isShadow: false)
    }

    private func tenant(_ number: Int) -> TenantID { TenantID(unchecked: "tenant-\(number)") }

    @Test func `a crowd of new tenants finds room, and refills nobody who spends`() throws {
        let directory = directory(["default": plan(1, burst: 10)], room: 100)
        for number in 0..<50 {
            let entry = try #require(directory.entry(for: tenant(number), at: start))
            entry.buckets.tenant.cover(through: .distantFuture)
            guard case (_, .decided(let decision)) = entry.buckets.take(10, at: start)
            else { throw Missing() }
            #expect(decision.isGranted)
        }
        let later = start + .seconds(5)
        for number in 50..<5_000 { _ = directory.entry(for: tenant(number), at: later) }
        #expect(directory.count == 100)
        for number in 0..<50 {
            let entry = try #require(directory.entry(for: tenant(number), at: later))
            guard case (_, .decided(let decision)) = entry.buckets.take(6, at: later)
            else { throw Missing() }
            #expect(!decision.isGranted, "five tokens came back in five seconds, not ten")
        }
    }

    @Test func `where every bucket is in use a further tenant is refused, not another forgotten`() {
        let directory = directory(["default": plan(1, burst: 10)], room: 4)
        for number in 0..<4 {
            _ = directory.entry(for: tenant(number), at: start)?.buckets.take(0, at: start)
            directory.entry(for: tenant(number), at: start)?.buckets.tenant
                .cover(through: .distantFuture)
            _ = directory.entry(for: tenant(number), at: start)?.buckets.take(5, at: start)
        }
        #expect(directory.entry(for: tenant(9), at: start).map { _ in true } == nil)
        #expect(directory.entry(for: tenant(9), at: start + .seconds(10)).map { _ in true } == true)
    }

    @Test func `without room for the bucket of all tenants nobody passes by it`() {
        let directory = directory(["*": plan(1, burst: 1), "default": plan(1, burst: 1)], room: 1)
        let outcome = directory.entry(for: tenant(1), at: start)?.buckets.take(1, at: start)
        #expect(outcome.map { $0.1 == .retired } ?? true)
    }

    @Test func `a million tenants take less than 300 bytes each, and give them back`() throws {
        let count = 1_000_000
        let directory = directory(["default": plan(100, burst: 200)], room: count)
        let before = try Self.residentBytes()
        for number in 0..<count { _ = directory.entry(for: tenant(number), at: start) }
        let each = (try Self.residentBytes() - before) / count
        #expect(directory.count == count)
        #expect(each < 300, "\(each) bytes for each tenant")
        directory.evictFull(at: start + .seconds(10))
        #expect(directory.count == 0)
    }

    private struct Missing: Error {}

    private static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            .split(separator: " ")
        return (Int(pages[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
