// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Saga

/// What a dead letter means for its order.
@Suite struct DeadStepTests {
    private static let order = OrderID(UniqueID(high: 1, low: 2))
    private static let total = Money(minorUnits: 1000)

    private static func standing(
        _ status: OrderStatus, _ payment: PaymentState?, attempt: UInt32 = 1, held: Int64 = 0,
        shipped: Int64 = 0
    ) -> OrderStanding {
        OrderStanding(
            status: status, total: total,
            payment: payment.map { .init(state: $0, attempt: attempt, amount: total) },
            heldCount: held, shippedCount: shipped)
    }

    private static func judge(
        _ kind: StepKind, attempt: UInt32 = 1, _ standing: OrderStanding
    ) -> DeadStep {
        DeadStep(StepMessage(kind, order: order, attempt: attempt), of: standing)
    }

    @Test
    func `a charge whose answer is not known: money at risk, stock held, the provider is asked`() {
        let dead = Self.judge(.charge, Self.standing(.unknown, .unknown, held: 2))
        #expect(dead.done.map(\.step) == [.reserve])
        #expect(dead.open.map(\.step) == [.reverse, .release])
        #expect(dead.moneyAtRisk == Self.total)
        #expect(dead.redrive == .resume)
    }

    @Test func `a charge given up without money: the redrive begins again`() {
        let dead = Self.judge(.charge, Self.standing(.dead, nil))
        #expect(dead.done.isEmpty && dead.open.isEmpty)
        #expect(dead.moneyAtRisk == Money(minorUnits: 0))
        #expect(dead.redrive == .restart)
    }

    @Test
    func `fulfillment that failed with the charge standing goes on with it, and with no other`() {
        let standing = Self.standing(.charged, .charged, attempt: 2, held: 2)
        let dead = Self.judge(.fulfil, attempt: 2, standing)
        #expect(dead.done.map(\.step) == [.reserve, .charge])
        #expect(dead.open.map(\.step) == [.reverse, .release])
        #expect(dead.redrive == .perform)
        #expect(Self.judge(.fulfil, attempt: 1, standing).redrive == .obsolete)
    }

    @Test func `a reversal that the provider did not confirm is asked for again`() {
        let dead = Self.judge(.reverse, Self.standing(.charged, .reversing, held: 2))
        #expect(dead.moneyAtRisk == Self.total)
        #expect(dead.redrive == .resume)
    }

    @Test func `what is fulfilled is at rest`() {
        let dead = Self.judge(.notify, Self.standing(.fulfilled, .captured, shipped: 2))
        #expect(dead.done.map(\.step) == [.charge, .fulfil])
        #expect(dead.open.isEmpty)
        #expect(dead.moneyAtRisk == Money(minorUnits: 0))
        #expect(dead.redrive == .perform)
    }

    @Test(arguments: StepKind.allCases)
    func
        `money is at risk exactly while giving it back is open, and reasons are those of the table`(
            kind: StepKind
        )
    {
        for status in OrderStatus.allCases {
            for payment in [nil] + PaymentState.allCases {
                let dead = Self.judge(kind, Self.standing(status, payment))
                #expect(
                    (dead.moneyAtRisk.minorUnits > 0)
                        == dead.open.contains { $0.step == .reverse })
                #expect(dead.redrive == SagaPlan.decide(kind, order: status, payment: payment))
                #expect(
                    (dead.redrive == .conflict)
                        == (SagaPlan.reason(kind, order: status, payment: payment) == nil))
            }
        }
    }
}
