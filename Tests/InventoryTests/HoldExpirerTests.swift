// SPDX-License-Identifier: MIT
import Logging
import Orders
import Pipeline
import PostgresStore
import Saga
import StageTestSupport
import Synchronization
import Testing

@testable import Inventory

/// Stock that is held for an order that nobody charges goes back, and the customer hears of it.
@Suite struct HoldExpirerTests {
    private let fixture: OrderFixture
    private let stage: InventoryStage
    private let told = Told()

    private struct Unreachable: Error {}

    /// What was sent on; refuses while the broker is away.
    private final class Told: Sendable {
        private let state = Mutex<(outputs: [StepSettlement.Output], isAway: Bool)>(([], false))

        var outputs: [StepSettlement.Output] { state.withLock { $0.outputs } }

        func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

        func take(_ output: StepSettlement.Output) throws {
            try state.withLock { state in
                guard !state.isAway else { throw Unreachable() }
                state.outputs.append(output)
            }
        }
    }

    init() throws {
        fixture = try OrderFixture()
        stage = InventoryStage(pool: fixture.pool)
    }

    private func expirer(after holdMax: Duration = .zero) -> HoldExpirer {
        let told = told
        return HoldExpirer(
            pool: fixture.pool, announcer: StepAnnouncer { try told.take($0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, holdMax: holdMax)
    }

    private func reserved() async throws -> OrderID {
        try await fixture.stock("apple", 5)
        let order = try await fixture.place(["apple": 2])
        _ = try await stage.handle([fixture.step(.init(.reserve, order: order))])
        return order
    }

    private func pay(_ order: OrderID, _ state: PaymentState, _ status: OrderStatus) async throws {
        try await fixture.pool.query(
            PostgresStatement(
                "pay",
                """
                WITH paid AS (
                    INSERT INTO payments (order_id, tenant, customer, state, provider, provider_key,
                        amount_minor, currency)
                    VALUES ($1::uuid, 'acme', 'bob', $2, 'ledger', $1::uuid::text, 1000, 'USD'))
                UPDATE orders SET status = $3 WHERE id = $1::uuid
                """),
            [.uuid(order.value), .text(state.rawValue), .text(status.rawValue)])
    }

    @Test func `held for too long: cancelled, told, given back, and the charge finds it obsolete`()
        async throws
    {
        let order = try await reserved()
        #expect(try await expirer(after: .seconds(60)).cancelOverdue() == 0)
        #expect(try await expirer().cancelOverdue() == 1)
        #expect(try await fixture.status(order) == .cancelled)
        #expect(try await expirer().concludeCancelled() == 1)
        #expect(told.outputs.map(\.queue) == [.notification])
        #expect(try await fixture.stockOf("apple") == [5, 0, 0])
        #expect(try await fixture.events(order) == ["reserved", "cancelled"])
        #expect(try await expirer().concludeCancelled() == 0)
        // What still comes of it changes nothing.
        #expect(SagaPlan.decide(.charge, order: .cancelled, payment: nil) == .obsolete)
        let again = try await stage.handle([fixture.step(.init(.reserve, order: order))])[0]
        #expect(again == .done())
    }

    @Test func `while the broker is away the stock stays held, and the customer is told once`()
        async throws
    {
        let order = try await reserved()
        #expect(try await expirer().cancelOverdue() == 1)
        told.setAway(true)
        await #expect(throws: Unreachable.self) { try await expirer().concludeCancelled() }
        // Not swept either: the customer would never hear of it.
        #expect(try await ReservationSweeper.sweep(fixture.pool, idleFor: .zero) == 0)
        #expect(try await fixture.stockOf("apple") == [3, 2, 0])
        told.setAway(false)
        #expect(try await expirer().concludeCancelled() == 1)
        #expect(try await fixture.stockOf("apple") == [5, 0, 0])
        let id = OutputID.derive(
            from: MessageID(order.value),
            output: StepMessage(.notify, order: order, status: .cancelled))
        #expect(told.outputs.map(\.id) == [id])
    }

    @Test(arguments: [
        (PaymentState.charging, OrderStatus.charging), (.charged, .charged), (.unknown, .unknown),
        (.reversing, .charging), (.captured, .fulfilled),
    ])
    func `nothing expires while money is on its way`(
        _ payment: PaymentState, _ status: OrderStatus
    ) async throws {
        let order = try await reserved()
        try await pay(order, payment, status)
        #expect(try await expirer().cancelOverdue() == 0)
        #expect(try await fixture.status(order) == status)
        #expect(try await fixture.stockOf("apple") == [3, 2, 0])
    }
}
