// SPDX-License-Identifier: MIT
import Daemon
import Idempotency
import Orders
import TestSupport
import Testing

@testable import Ingest

/// One at a time: they share a database server with daemons under test.
@Suite(.serialized) struct OrderStoreTests {
    /// Now: partitions are there for this month and three to come.
    private let now = MeshInstant(milliseconds: WallClock().now().milliseconds)

    private func candidate(
        _ key: String, quantity: UInt32 = 1, at instant: MeshInstant
    ) throws -> Candidate {
        let order = try PlacedOrder(
            tenant: TenantID("acme"), customer: CustomerID("c"),
            items: [OrderItem(product: ProductID("P\"\\"), quantity: quantity, unitPrice: 100)],
            idempotencyKey: IdempotencyKey(key))
        return .claiming(order, at: instant)
    }

    private func store(
        _ candidate: Candidate, in store: OrderStore, at instant: MeshInstant
    ) async throws -> OrderStore.Claim? {
        try await store.store([candidate], at: instant, isSent: { _ in false })[candidate.id]
    }

    @Test func `a key holds for seven days, across the end of a month, and is free then`()
        async throws
    {
        let store = OrderStore(pool: try PrivatePostgres.make().pool)
        let first = try candidate("k", at: now)
        #expect(try await self.store(first, in: store, at: now) == .stored)
        try await store.markSent([first.message])
        let late = now + KeyClaim.lifetime - .seconds(1)
        let repeated = try candidate("k", at: late)
        let held = IdempotencyKeyState(.done(first.claim))
        #expect(try await self.store(repeated, in: store, at: late) == .held(held))
        let end = now + KeyClaim.lifetime
        #expect(try await self.store(candidate("k", at: end), in: store, at: end) == .stored)
        // A month later lies in another partition of orders; keys know no months.
        let month = end + .seconds(31 * 24 * 3600)
        #expect(try await self.store(candidate("m", at: month), in: store, at: month) == .stored)
        let again = try await self.store(candidate("m", at: month), in: store, at: month)
        guard case .held = again else {
            Issue.record("the key of another month is held")
            return
        }
    }

    @Test func `where a repeat finds its order depends on what became of the message`()
        async throws
    {
        let store = OrderStore(pool: try PrivatePostgres.make().pool)
        let first = try candidate("k", at: now)
        _ = try await self.store(first, in: store, at: now)
        let under = try await self.store(candidate("k", at: now), in: store, at: now)
        #expect(under == .held(IdempotencyKeyState(.claimed(first.claim))))
        try await store.markTried([first.message], at: now)
        let tried = try await self.store(candidate("k", at: now), in: store, at: now)
        #expect(tried == .held(IdempotencyKeyState(.unknown(first.claim))))
        try await store.markSent([first.message])
        let sent = try await self.store(candidate("k", at: now), in: store, at: now)
        #expect(sent == .held(IdempotencyKeyState(.done(first.claim))))
    }

    @Test func `an order that somebody may have handed over is not taken back`() async throws {
        let store = OrderStore(pool: try PrivatePostgres.make().pool)
        let stays = try candidate("a", at: now)
        let goes = try candidate("b", at: now)
        _ = try await store.store([stays, goes], at: now, isSent: { _ in false })
        let late = now + .seconds(60)
        let claimed = try await store.claimOutstanding(
            olderThan: .seconds(6), at: late, limit: 1)
        #expect(claimed.count == 1)
        let taken = try await store.cancel([stays, goes], because: "full", at: late)
        #expect(taken == Set([stays.id, goes.id]).subtracting(claimed.map(\.order)))
        for candidate in [stays, goes] {
            let order = try await store.order(candidate.id, of: candidate.order.tenant)
            #expect(order?.status == (taken.contains(candidate.id) ? .cancelled : .accepted))
            #expect(order?.items == candidate.order.items)
        }
    }

    @Test func `expired keys are swept a few at a time and others stay`() async throws {
        let store = OrderStore(pool: try PrivatePostgres.make().pool)
        let keys = try (0..<5).map { try candidate("k\($0)", at: now) }
        _ = try await store.store(keys, at: now, isSent: { _ in true })
        let end = now + KeyClaim.lifetime
        #expect(try await store.sweepKeys(at: end - .seconds(1), limit: 3) == 0)
        #expect(try await store.sweepKeys(at: end, limit: 3) == 3)
        #expect(try await store.sweepKeys(at: end, limit: 3) == 2)
    }

    @Test func `what nobody handed over is found by one sweeper at a time`() async throws {
        let store = OrderStore(pool: try PrivatePostgres.make().pool)
        let orders = try (0..<4).map { try candidate("k\($0)", at: now) }
        _ = try await store.store(orders, at: now, isSent: { _ in false })
        #expect(try await store.outboxCount(upTo: 3) == 3)
        let age = Duration.seconds(6)
        #expect(try await store.claimOutstanding(olderThan: age, at: now, limit: 9).isEmpty)
        let late = now + .seconds(7)
        #expect(try await store.claimOutstanding(olderThan: age, at: late, limit: 9).count == 4)
        #expect(try await store.claimOutstanding(olderThan: age, at: late, limit: 9).isEmpty)
        let later = late + .seconds(7)
        #expect(try await store.claimOutstanding(olderThan: age, at: later, limit: 9).count == 4)
    }
}
