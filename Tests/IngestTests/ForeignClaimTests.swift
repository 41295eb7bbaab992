// SPDX-License-Identifier: MIT
import Daemon
import Idempotency
import Orders
import PostgresStore
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

@testable import Ingest

/// A key that another ingestd has claimed and not handed over: played by the store itself, which stops
/// at every moment. One at a time: each runs daemons and a database.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ForeignClaimTests {
    private let now = MeshInstant(milliseconds: WallClock().now().milliseconds)

    /// What another daemon makes of the sample order of `key`.
    private func candidate(_ key: String, quantity: UInt32 = 2) throws -> Candidate {
        let order = try PlacedOrder(
            tenant: TenantID("acme"), customer: CustomerID("cust-1"),
            items: [
                OrderItem(product: ProductID("PROD-001"), quantity: quantity, unitPrice: 1000)
            ],
            idempotencyKey: IdempotencyKey(key))
        return .claiming(order, at: now)
    }

    /// Claims `key` as another daemon does, and has a request with the same key wait for it.
    ///
    /// - Returns: what the request is answered, when `then` has happened.
    private func place(
        patience: String, claiming candidate: Candidate,
        then act: @escaping @Sendable (OrderStore) async throws -> Void
    ) async throws -> Result<OrderPlaced, CallError> {
        let fixture = try IngestFixture()
        let store = OrderStore(pool: fixture.database.pool)
        _ = try await store.store([candidate], at: now, isSent: { _ in false })
        return try await fixture.run(settings: ["keys.wait": patience]) { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                async let answer = Self.place(candidate.order.idempotencyKey.text, connection)
                try await fixture.awaitLook(at: candidate.order.idempotencyKey)
                try await act(store)
                return await answer
            }
        }
    }

    private static func place(
        _ key: String, _ connection: MeshConnection
    ) async -> Result<OrderPlaced, CallError> {
        do throws(CallError) {
            let placed = try await connection.call(
                PlaceOrder.sample(key: key), answer: OrderPlaced.self, deadline: .seconds(60))
            return .success(placed)
        } catch {
            return .failure(error)
        }
    }

    @Test func `a repeat waits until the other daemon has handed over, and gets its answer`()
        async throws
    {
        let first = try candidate("k")
        let answer = try await place(patience: "1m", claiming: first) { store in
            try await store.markSent([first.message])
        }
        let placed = try answer.get()
        #expect(placed.order == first.id.value)
        #expect(placed.trace == first.claim.trace.value)
        #expect(placed.replayed)
    }

    @Test func `a repeat waits until the other daemon knows no more, and the order stands`()
        async throws
    {
        let first = try candidate("k")
        let answer = try await place(patience: "1m", claiming: first) { [now] store in
            try await store.markTried([first.message], at: now)
        }
        #expect(try answer.get().order == first.id.value)
    }

    @Test func `a repeat whose first request is taken back becomes the first`() async throws {
        let first = try candidate("k")
        let answer = try await place(patience: "1m", claiming: first) { [now] store in
            _ = try await store.cancel([first], because: "full", at: now)
        }
        let placed = try answer.get()
        #expect(placed.order != first.id.value)
        #expect(!placed.replayed)
    }

    @Test func `a repeat waits no longer than it may`() async throws {
        let answer = try await place(patience: "1s", claiming: try candidate("k")) { _ in }
        let error = #expect(throws: CallError.self) { try answer.get() }
        #expect(error?.code == .keyInProgress)
        #expect(error?.effect == .maybeApplied)
        #expect(error?.retryAfter != nil)
    }

    @Test func `a different order of that key does not wait`() async throws {
        let answer = try await place(patience: "1m", claiming: try candidate("k", quantity: 3)) {
            _ in
        }
        let error = #expect(throws: CallError.self) { try answer.get() }
        #expect(error?.code == .keyConflict)
    }
}

extension IngestFixture {
    /// Waits until somebody has found `key` claimed: its row then bears the number of his transaction.
    fileprivate func awaitLook(at key: IdempotencyKey) async throws {
        let statement = PostgresStatement(
            "test.look", "SELECT 1 FROM idempotency_keys WHERE key = $1 AND xmax::text <> '0'")
        while try await database.pool.query(statement, [.text(key.text)]).isEmpty {}
    }
}
