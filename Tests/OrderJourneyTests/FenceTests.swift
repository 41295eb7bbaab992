// SPDX-License-Identifier: MIT
import Orders
import Payment
import Pipeline
import PostgresStore
import Saga
import StageTestSupport
import Testing

@testable import Fulfillment
@testable import Inventory

/// A stage that was stopped for longer than its lease, and goes on when others have done its work.
@Suite struct FenceTests {
    private let mesh: Mesh
    private var fixture: OrderFixture { mesh.fixture }

    init() throws {
        mesh = try Mesh()
    }

    private var inventory: InventoryStage { InventoryStage(pool: fixture.pool) }
    private var payment: PaymentStage<LedgerProvider> {
        PaymentStage(pool: fixture.pool, provider: LedgerProvider(pool: fixture.pool))
    }
    private var fulfillment: FulfillmentStage {
        FulfillmentStage(pool: fixture.pool, receipts: mesh.receipts)
    }

    private func step(_ kind: StepKind, _ order: OrderID, token: UInt64) -> Step {
        let attempt: UInt32 = kind == .fulfil || kind == .reverse ? 1 : 0
        return fixture.step(.init(kind, order: order, attempt: attempt), token: token)
    }

    /// An order whose charge was given back because fulfillment gave up, all under newer leases than 5.
    private func givenUp() async throws -> OrderID {
        try await fixture.stock("apple", 5)
        let order = try await fixture.place(["apple": 2])
        _ = try await inventory.handle([step(.reserve, order, token: 4)])
        _ = try await payment.handle([step(.charge, order, token: 6)])
        _ = try await payment.handle([step(.reverse, order, token: 7)])
        #expect(try await fixture.status(order) == .dead)
        return order
    }

    @Test func `a charge by an older lease does not begin a dead order again`() async throws {
        let order = try await givenUp()
        let outcome = try await payment.handle([step(.charge, order, token: 5)])[0]
        #expect(outcome == StepOutcome(.release))
        #expect(try await fixture.status(order) == .dead)
        #expect(try await fixture.balance("bob") == [0, 0])

        // Redriven, it comes under a newer one.
        let redriven = try await payment.handle([step(.charge, order, token: 8)])[0]
        #expect(redriven.outputs.map(\.kind) == [.reserve])
        #expect(try await fixture.status(order) == .accepted)
    }

    @Test func `no stage begins by a lease older than the one that moved the order on`()
        async throws
    {
        try await fixture.stock("apple", 5)
        let order = try await fixture.place(["apple": 2])
        _ = try await inventory.handle([step(.reserve, order, token: 1 << 63 | 5)])
        #expect(
            try await payment.handle([step(.charge, order, token: 1 << 63)])
                == [StepOutcome(.release)])
        #expect(try await fixture.status(order) == .reserved)
        _ = try await payment.handle([step(.charge, order, token: 1 << 63 | 6)])
        #expect(
            try await fulfillment.handle([step(.fulfil, order, token: 5)])
                == [StepOutcome(.release)])
        #expect(try await fixture.status(order) == .charged)
        #expect(
            try await inventory.handle([step(.release, order, token: 7)])
                == [StepOutcome(.release)])
        let end = try await fulfillment.handle([step(.fulfil, order, token: 1 << 63 | 7)])[0]
        #expect(end.outputs.map(\.status) == [.fulfilled])
        #expect(try await mesh.imbalances() == [:])
    }

    @Test func `telling the customer keeps nobody from working`() async throws {
        try await fixture.stock("apple", 5)
        let order = try await fixture.place(["apple": 2])
        _ = try await inventory.handle([step(.reserve, order, token: 2)])
        try await fixture.pool.transaction { session throws(PostgresError) in
            let told = OrderJournal.Entry(
                step(.notify, order, token: 9), from: .reserved, to: .reserved, detail: "told")
            try OrderJournal.advance([told], by: .notification, in: session)
        }
        let outcome = try await payment.handle([step(.charge, order, token: 3)])[0]
        #expect(outcome.outputs.map(\.kind) == [.fulfil, .notify])
    }
}
