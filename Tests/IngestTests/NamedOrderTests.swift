// SPDX-License-Identifier: MIT
import Daemon
import Idempotency
import Orders
import TestSupport
import Testing

@testable import Ingest

/// [K-10] Orders whose keys are kept elsewhere: two daemons hold the same id, and one of them stores it.
/// One at a time: they share a database server with daemons under test.
@Suite(.serialized, .timeLimit(.minutes(2))) struct NamedOrderTests {
    private let now = MeshInstant(milliseconds: WallClock().now().milliseconds)
    private let store: OrderStore

    init() throws {
        store = OrderStore(
            pool: try PrivatePostgres.make().pool, keys: .elsewhere(margin: .seconds(30)))
    }

    /// What a daemon makes of a request whose key names `named`, or an order of its own.
    private func candidate(
        _ key: String, named: Candidate? = nil, at instant: MeshInstant? = nil
    ) throws -> Candidate {
        let order = try PlacedOrder(
            tenant: TenantID("acme"), customer: CustomerID("c"),
            items: [OrderItem(product: ProductID("P\"\\"), quantity: 1, unitPrice: 100)],
            idempotencyKey: IdempotencyKey(key))
        let own = Candidate.claiming(order, at: instant ?? now)
        guard let named else { return own }
        return Candidate(
            order,
            claim: KeyClaim(
                fingerprint: own.claim.fingerprint, order: named.id, trace: own.claim.trace,
                expiresAt: named.claim.expiresAt))
    }

    private func claims(
        _ candidates: [Candidate], at instant: MeshInstant? = nil
    ) async throws -> [OrderID: OrderStore.Claim] {
        try await store.store(candidates, at: instant ?? now, isSent: { _ in false })
    }

    @Test func `of sixteen daemons that hold the same ids one stores each order`() async throws {
        let names = try (0..<20).map { try candidate("k\($0)") }
        let storedCount = try await withThrowingTaskGroup(of: Int.self) { group in
            for daemon in 0..<16 {
                // Each with the same ids in another order.
                let shuffled = names.indices.map { names[($0 * 7 + daemon) % names.count] }
                let own = try shuffled.map {
                    try candidate($0.order.idempotencyKey.text, named: $0)
                }
                group.addTask {
                    try await claims(own).values.count { $0 == .stored }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(storedCount == 20)
        #expect(try await store.outboxCount(upTo: 100) == 20)
        for name in names {
            #expect(try await store.order(name.id, of: name.order.tenant)?.status == .accepted)
            #expect(try await store.events(of: [name.id: 0]).count == 1)
        }
    }

    @Test func `what a repeat is told depends on what became of the first one's message`()
        async throws
    {
        let first = try candidate("k")
        #expect(try await claims([first]) == [first.id: .stored])
        let again = try candidate("k", named: first)
        // The trace is the stored order's, whoever asks.
        #expect(again.claim.trace != first.claim.trace)
        let held = { (state: IdempotencyKeyState) in [first.id: OrderStore.Claim.held(state)] }
        #expect(try await claims([again]) == held(.init(.claimed(first.claim))))
        try await store.markTried([first.message], at: now)
        #expect(try await claims([again]) == held(.init(.unknown(first.claim))))
        try await store.markSent([first.message])
        #expect(try await claims([again]) == held(.init(.done(first.claim))))
    }

    @Test func `an order that is taken back leaves its name, and the next request stores it`()
        async throws
    {
        let first = try candidate("k")
        _ = try await claims([first])
        #expect(try await store.cancel([first], because: "full", at: now) == [first.id])
        #expect(try await store.order(first.id, of: first.order.tenant) == nil)
        #expect(try await store.events(of: [first.id: 0]).isEmpty)
        #expect(try await store.outboxCount(upTo: 9) == 0)
        let again = try candidate("k", named: first)
        #expect(try await claims([again]) == [first.id: .stored])
        #expect(try await store.events(of: [first.id: 0]).map(\.number) == [1])
    }

    @Test func `an order that somebody may have handed over is not taken back`() async throws {
        let first = try candidate("k")
        _ = try await claims([first])
        try await store.markTried([first.message], at: now)
        #expect(try await store.cancel([first], because: "full", at: now).isEmpty)
        #expect(try await store.order(first.id, of: first.order.tenant)?.status == .accepted)
    }

    @Test func `nothing is stored under a name that is about to end, and what is there is told`()
        async throws
    {
        let first = try candidate("k")
        let last = first.claim.expiresAt - .seconds(30)
        #expect(try await claims([first], at: last) == [:])
        #expect(try await store.order(first.id, of: first.order.tenant) == nil)
        #expect(try await claims([first], at: last - .milliseconds(1)) == [first.id: .stored])
        let again = try candidate("k", named: first)
        #expect(
            try await claims([again], at: last)
                == [first.id: .held(IdempotencyKeyState(.claimed(first.claim)))])
    }

    @Test func `a name whose month may be gone spoils no other order of its batch`() async throws {
        let old = try candidate("old", at: now - .seconds(300 * 86_400))
        let lasting = Candidate(
            old.order,
            claim: KeyClaim(
                fingerprint: old.claim.fingerprint, order: old.id, trace: old.claim.trace,
                expiresAt: now + .seconds(86_400)))
        let new = try candidate("new")
        #expect(try await claims([lasting, new]) == [new.id: .stored])
    }

    @Test func `keys that lie in the database are seen, and those that have expired are not`()
        async throws
    {
        let here = OrderStore(pool: store.pool)
        #expect(try await !store.hasKeys(at: now))
        let first = try candidate("k")
        _ = try await here.store([first], at: now, isSent: { _ in false })
        #expect(try await store.hasKeys(at: now))
        #expect(try await !store.hasKeys(at: first.claim.expiresAt))
    }
}
