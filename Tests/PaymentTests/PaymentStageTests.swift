// SPDX-License-Identifier: MIT
import Logging
import Orders
import Pipeline
import PostgresStore
import Saga
import StageTestSupport
import Testing

@testable import Payment

/// Invariant 3: net charge = total if and only if fulfilled. The tests that fail when the guards are
/// taken out: "… asked again after a crash", "… by four workers at once", "… handed over".
@Suite struct PaymentStageTests {
    private let fixture: OrderFixture
    private let stage: PaymentStage<LedgerProvider>

    init() throws {
        fixture = try OrderFixture()
        stage = PaymentStage(pool: fixture.pool, provider: LedgerProvider(pool: fixture.pool))
    }

    private func charge(_ order: OrderID, attempt: UInt32 = 1) -> Step {
        fixture.step(.init(.charge, order: order), attempt: attempt)
    }

    private func faulty(_ faults: [FaultyProvider.Fault]) -> PaymentStage<FaultyProvider> {
        PaymentStage(
            pool: fixture.pool,
            provider: FaultyProvider(LedgerProvider(pool: fixture.pool), faults))
    }

    private func payment(_ order: OrderID) async throws -> String {
        let rows = try await fixture.pool.query(
            PostgresStatement(
                "payment", "SELECT state || ' ' || attempt FROM payments WHERE order_id = $1"),
            [.uuid(order.value)])
        return try rows.first?[0] ?? "none"
    }

    private func charges() async throws -> Int64 {
        try await fixture.number("SELECT count(*) FROM ledger_transfers WHERE kind = 'charge'")
    }

    @Test func `a charge is taken once and handed over`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        let outcome = try await stage.handle([charge(order)])[0]
        #expect(
            outcome
                == .done(sending: [
                    StepMessage(.fulfil, order: order, attempt: 1),
                    StepMessage(.notify, order: order, attempt: 1, status: .charged),
                ]))
        #expect(try await fixture.status(order) == .charged)
        #expect(try await payment(order) == "charged 1")
        #expect(try await fixture.balance("bob") == [1000, 1000])
        #expect(try await fixture.events(order) == ["charging", "charged"])
    }

    @Test func `what the ledger took and what is recorded of it are one transaction`() async throws
    {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        let transactions = """
            SELECT count(DISTINCT made_by) FROM (
                SELECT xmin::text AS made_by FROM payments
                UNION ALL SELECT xmin::text FROM ledger_transfers
                UNION ALL SELECT xmin::text FROM ledger_entries
                UNION ALL SELECT xmin::text FROM orders
                UNION ALL SELECT xmin::text FROM order_events WHERE stage = 'payment') AS rows
            """
        #expect(try await fixture.number(transactions) == 1)
    }

    @Test func `handled again after a lost settlement it charges nothing and sends the same`()
        async throws
    {
        let order = try await fixture.place([:], status: .reserved)
        let first = try await stage.handle([charge(order)])
        #expect(try await stage.handle([charge(order, attempt: 2)]) == first)
        #expect(try await charges() == 1)
    }

    @Test func `one step handled by four workers at once is one charge`() async throws {
        let step = charge(try await fixture.place([:], status: .reserved))
        let outcomes = try await withThrowingTaskGroup(of: StepOutcome.self) { group in
            for _ in 0..<4 { group.addTask { try await stage.handle([step])[0] } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains { $0.outputs.first?.kind == .fulfil })
        #expect(try await charges() == 1)
        #expect(try await fixture.balance("bob") == [1000, 1000])
    }

    @Test func `orders of one customer in one batch are charged up to the limit`() async throws {
        try await fixture.credit("bob", limit: 2500)
        var steps: [Step] = []
        for _ in 0..<5 { steps.append(charge(try await fixture.place([:], status: .reserved))) }
        let outcomes = try await stage.handle(steps)
        #expect(outcomes.count { $0.outputs.first?.kind == .fulfil } == 2)
        let declined = outcomes.filter { $0.outputs.first?.kind == .release }
        #expect(declined.count == 3)
        #expect(declined.allSatisfy { $0.outputs.last?.status == .declined })
        #expect(try await fixture.balance("bob") == [2000, 2000])
    }

    @Test func `a decline handled again sends the same and stays a decline`() async throws {
        try await fixture.credit("bob", limit: 10)
        let order = try await fixture.place([:], status: .reserved)
        let first = try await stage.handle([charge(order)])
        try await fixture.pool.query(
            PostgresStatement("raise", "UPDATE customer_accounts SET credit_limit_minor = 99999"))
        #expect(try await stage.handle([charge(order)]) == first)
        #expect(try await fixture.status(order) == .declined)
        #expect(try await charges() == 0)
    }

    @Test(arguments: [FaultyProvider.Fault.silentAfterActing, .silentBeforeActing, .unavailable])
    func `a charge whose answer was lost is asked again after a crash under its own key`(
        _ fault: FaultyProvider.Fault
    ) async throws {
        let order = try await fixture.place([:], status: .reserved)
        let stage = faulty([fault])
        let first = try await stage.handle([charge(order)])[0]
        guard case .retry = first.verdict else {
            Issue.record("expected a retry, got \(first)")
            return
        }
        #expect(try await fixture.status(order) == (fault == .unavailable ? .charging : .unknown))
        let second = try await stage.handle([charge(order, attempt: 2)])[0]
        #expect(second.outputs.first == StepMessage(.fulfil, order: order, attempt: 1))
        #expect(try await charges() == 1)
        #expect(try await fixture.balance("bob") == [1000, 1000])
    }

    @Test func `a charge that cannot be handed over is given back and tried under the next key`()
        async throws
    {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        let instead = try await stage.handOverRefused(
            charge(order), reason: "queue full", retryAfter: .seconds(3))
        #expect(instead == .retry("not handed over: queue full", after: .seconds(3)))
        #expect(try await payment(order) == "reversed 1")
        #expect(try await fixture.status(order) == .charging)
        #expect(try await fixture.balance("bob") == [0, 0])
        let again = try await stage.handle([charge(order, attempt: 2)])[0]
        #expect(again.outputs.first == StepMessage(.fulfil, order: order, attempt: 2))
        #expect(try await payment(order) == "charged 2")
        #expect(try await fixture.balance("bob") == [1000, 1000])
    }

    @Test func `a reversal whose answer was lost is finished before the next charge`() async throws
    {
        for fault in [FaultyProvider.Fault.silentAfterActing, .silentBeforeActing] {
            let order = try await fixture.place([:], status: .reserved)
            let before = try await fixture.balance("bob")
            _ = try await stage.handle([charge(order)])
            let broken = faulty([fault])
            _ = try await broken.handOverRefused(charge(order), reason: "full", retryAfter: nil)
            #expect(try await payment(order) == "reversing 1")
            let again = try await broken.handle([charge(order, attempt: 2)])[0]
            #expect(again.outputs.first == StepMessage(.fulfil, order: order, attempt: 2))
            #expect(try await fixture.balance("bob") == before.map { $0 + 1000 })
        }
    }

    @Test func `given up means dead, nothing charged, and the stock to be released`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        let step = charge(order, attempt: 4)
        _ = try await stage.handOverRefused(step, reason: "full", retryAfter: nil)
        let outcome = try await stage.givenUp(step, reason: "full")
        #expect(outcome.verdict == .retry(reason: "full"))
        #expect(outcome.outputs.map(\.kind) == [.release, .notify])
        #expect(try await fixture.status(order) == .dead)
        #expect(try await fixture.balance("bob") == [0, 0])
    }

    @Test func `an order whose charge is unknown is never declared dead`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await faulty([.silentAfterActing]).handle([charge(order)])
        let outcome = try await stage.givenUp(charge(order, attempt: 4), reason: "no answer")
        #expect(outcome.outputs.isEmpty)
        #expect(try await fixture.status(order) == .unknown)
        let reconciler = PaymentReconciler(stage, logger: .init(label: "test"))
        #expect(try await reconciler.reconcile(idleFor: .seconds(60)) == 0)
        #expect(try await reconciler.reconcile(idleFor: .zero) == 1)
        #expect(try await fixture.status(order) == .charged)
    }

    @Test func `a dead order that is redriven begins again with its reservation`() async throws {
        let order = try await fixture.place([:], status: .dead)
        let outcome = try await stage.handle([charge(order)])[0]
        #expect(outcome == .done(sending: [StepMessage(.reserve, order: order)]))
        #expect(try await fixture.status(order) == .accepted)
        // Its settlement is lost: it comes again, and says the same.
        #expect(try await stage.handle([charge(order)])[0] == outcome)
        #expect(try await fixture.status(order) == .accepted)
    }

    @Test func `fulfillment that gave up has its charge given back once`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        let step = fixture.step(.init(.reverse, order: order, attempt: 1))
        let first = try await stage.handle([step])[0]
        #expect(first.outputs.map(\.kind) == [.release, .notify])
        #expect(try await stage.handle([step])[0] == first)
        #expect(try await fixture.status(order) == .dead)
        #expect(try await fixture.balance("bob") == [0, 0])
    }

    @Test func `a reversal of an earlier charge leaves the present one alone`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        _ = try await stage.handOverRefused(charge(order), reason: "full", retryAfter: nil)
        _ = try await stage.handle([charge(order)])
        let late = fixture.step(.init(.reverse, order: order, attempt: 1))
        #expect(try await stage.handle([late])[0] == .done())
        #expect(try await payment(order) == "charged 2")
    }

    @Test func `a fulfilled order keeps its money whatever arrives`() async throws {
        let order = try await fixture.place([:], status: .reserved)
        _ = try await stage.handle([charge(order)])
        try await fixture.pool.query(
            PostgresStatement(
                "capture",
                """
                WITH p AS (UPDATE payments SET state = 'captured' WHERE order_id = $1)
                UPDATE orders SET status = 'fulfilled' WHERE id = $1
                """), [.uuid(order.value)])
        let late = fixture.step(.init(.reverse, order: order, attempt: 1))
        #expect(try await stage.handle([late])[0] == .done())
        #expect(try await stage.handle([charge(order)])[0] == .done())
        #expect(try await fixture.balance("bob") == [1000, 1000])
    }
}
