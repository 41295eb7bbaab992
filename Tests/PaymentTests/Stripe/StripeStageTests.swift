// SPDX-License-Identifier: MIT
import Logging
import Orders
import Pipeline
import PostgresStore
import Saga
import StageTestSupport
import TestSupport
import Testing

@testable import Payment

/// Invariant 3 with the money at Stripe: net charge = total if and only if fulfilled.
@Suite struct StripeStageTests {
    private let fixture: StripeFixture
    private let stage: PaymentStage<StripeProvider>

    init() throws {
        fixture = try StripeFixture()
        stage = fixture.stage()
    }

    private func order(_ card: StripeFixture.Card = .good) async throws -> OrderID {
        try await fixture.card(card)
        return try await fixture.orders.place([:], status: .reserved)
    }

    private func charge(_ order: OrderID, attempt: UInt32 = 1) -> Step {
        fixture.orders.step(.init(.charge, order: order), attempt: attempt)
    }

    private func payment(_ order: OrderID) async throws -> String {
        try await fixture.payments(of: [order])[0]
    }

    @Test func `a charge is taken once, recorded, and handed over again after a lost settlement`()
        async throws
    {
        let order = try await order()
        let first = try await stage.handle([charge(order)])[0]
        #expect(first.outputs.map(\.kind) == [.fulfil, .notify])
        #expect(try await stage.handle([charge(order, attempt: 2)])[0] == first)
        #expect(try await payment(order) == "charged 1")
        #expect(try await fixture.net(order) == 1000)
        #expect(try await fixture.intents(of: order).count == 1)
        let named = try await fixture.orders.number(
            """
            SELECT count(*) FROM payments JOIN stripe_charges AS s ON s.key = provider_key
            WHERE payments.reference = s.reference AND provider = 'stripe'
            """)
        #expect(named == 1)
    }

    @Test func `a decline ends the order and takes nothing`() async throws {
        let order = try await order(.declined)
        let outcome = try await stage.handle([charge(order)])[0]
        #expect(outcome.outputs.map(\.kind) == [.release, .notify])
        #expect(try await fixture.orders.status(order) == .declined)
        #expect(try await fixture.net(order) == 0)
    }

    @Test func `refused hand-over: the charge is refunded and taken anew under the next key`()
        async throws
    {
        let order = try await order()
        _ = try await stage.handle([charge(order)])
        let instead = try await stage.handOverRefused(
            charge(order), reason: "queue full", retryAfter: .seconds(3))
        #expect(instead == .retry("not handed over: queue full", after: .seconds(3)))
        #expect(try await payment(order) == "reversed 1")
        #expect(try await fixture.net(order) == 0)
        let again = try await stage.handle([charge(order, attempt: 2)])[0]
        #expect(again.outputs.first == StepMessage(.fulfil, order: order, attempt: 2))
        #expect(try await payment(order) == "charged 2")
        #expect(try await fixture.net(order) == 1000)
        #expect(try await fixture.intents(of: order).count == 2)
    }

    @Test func `crashed before Stripe was asked: the next worker asks once`() async throws {
        let order = try await order()
        // The first transaction, and then nothing: the process is gone.
        _ = try await stage.open([charge(order)])
        #expect(try await payment(order) == "charging 1")
        let outcome = try await fixture.stage().handle([charge(order, attempt: 2)])[0]
        #expect(outcome.outputs.first == StepMessage(.fulfil, order: order, attempt: 1))
        #expect(try await fixture.net(order) == 1000)
    }

    @Test func `crashed with the question on record: the next worker asks in the same words`()
        async throws
    {
        let order = try await order()
        let opening = try await stage.open([charge(order)])
        let charges = opening.charging.map(\.charge)
        _ = try await fixture.orders.pool.transaction { session throws(PostgresError) in
            try StripePlan(charges, nil, in: session).questions.count
        }
        // The customer has another card by now; under this key it is still the first.
        let before = try await fixture.method(of: order)
        try await fixture.card(.good)
        _ = try await fixture.stage().handle([charge(order, attempt: 2)])
        #expect(try await fixture.method(of: order) == before)
        #expect(try await payment(order) == "charged 1")
        #expect(try await fixture.net(order) == 1000)
    }

    @Test func `crashed after the charge: the next worker finds it and charges nothing`()
        async throws
    {
        let order = try await order()
        let opening = try await stage.open([charge(order)])
        // Stripe has charged; the process is gone before it writes that down.
        _ = await stage.ask(opening)
        #expect(try await payment(order) == "charging 1")
        #expect(try await fixture.net(order) == 1000)
        let outcome = try await fixture.stage().handle([charge(order, attempt: 2)])[0]
        #expect(outcome.outputs.first == StepMessage(.fulfil, order: order, attempt: 1))
        #expect(try await fixture.intents(of: order).count == 1)
    }

    @Test func `crashed between the refund and its record: the next worker refunds nothing more`()
        async throws
    {
        let order = try await order()
        _ = try await stage.handle([charge(order)])
        let work = try #require(
            try await stage.beginReversal(of: charge(order), detail: "not handed over"))
        #expect(await stage.provider.reverse([work.charge]) == [.reversed])
        #expect(try await payment(order) == "reversing 1")
        let again = try await fixture.stage().handle([charge(order, attempt: 2)])[0]
        #expect(again.outputs.first == StepMessage(.fulfil, order: order, attempt: 2))
        #expect(try await fixture.net(order) == 1000)
    }

    @Test func `an unknown charge is settled by the reconciler, as Stripe has it`() async throws {
        let order = try await order()
        let port = try #require(fixture.endpoint.split(separator: ":").last.flatMap { Int($0) })
        let proxy = try await CuttingProxy(to: port, method: "POST")
        // Charged, and the answer is lost.
        proxy.arm([.init(side: .response, byteCount: 0, manner: .cut)])
        let outcome = try await fixture.stage(at: proxy.url).handle([charge(order)])[0]
        #expect(outcome.isOfTheStage)
        #expect(try await fixture.orders.status(order) == .unknown)
        let dead = try await stage.givenUp(charge(order, attempt: 4), reason: "no answer")
        #expect(dead.outputs.isEmpty, "money may be with us")
        let reconciler = PaymentReconciler(stage, logger: Logger(label: "test"))
        #expect(try await reconciler.reconcile(idleFor: .zero) == 1)
        #expect(try await fixture.orders.status(order) == .charged)
        #expect(try await fixture.net(order) == 1000)
        try await proxy.stop()
    }

    @Test func `four workers with one step are one charge`() async throws {
        let step = charge(try await order())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { [fixture] in _ = try await fixture.stage().handle([step]) }
            }
            try await group.waitForAll()
        }
        _ = try await stage.handle([step])
        #expect(try await payment(step.order) == "charged 1")
        #expect(try await fixture.net(step.order) == 1000)
        #expect(try await fixture.intents(of: step.order).count == 1)
    }
}
