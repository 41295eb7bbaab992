// SPDX-License-Identifier: MIT
import Orders
import Saga
import TestSupport
import Testing

@Suite struct SagaPlanTests {
    struct Combination: Hashable {
        let step: StepKind
        let order: OrderStatus
        let payment: PaymentState?
    }

    static let combinations: [Combination] = StepKind.allCases.flatMap { step in
        OrderStatus.allCases.flatMap { order in
            ([nil] + PaymentState.allCases).map {
                Combination(step: step, order: order, payment: $0)
            }
        }
    }

    @Test func `no combination is named twice, and decide says what the table says`() {
        var seen: [Combination: SagaDecision] = [:]
        for line in SagaPlan.table {
            for order in line.orders {
                for payment in line.payments {
                    let combination = Combination(step: line.step, order: order, payment: payment)
                    #expect(seen.updateValue(line.decision, forKey: combination) == nil)
                }
            }
        }
        for combination in Self.combinations {
            let decision = SagaPlan.decide(
                combination.step, order: combination.order, payment: combination.payment)
            #expect(decision == seen[combination] ?? .conflict)
        }
    }

    @Test func `nothing is charged while money is with us or on its way`() {
        for combination in Self.combinations where combination.step == .charge {
            guard decide(combination) == .perform else { continue }
            #expect([nil, .reversed, .declined].contains(combination.payment))
            #expect([.reserved, .charging].contains(combination.order))
        }
    }

    @Test func `an order begins again only when nothing of the customer's is left with us`() {
        for combination in Self.combinations where decide(combination) == .restart {
            // Accepted: the new start is recorded, and what it sends may be lost.
            #expect([.dead, .accepted].contains(combination.order))
            #expect([nil, .reversed, .declined].contains(combination.payment))
        }
    }

    @Test func `only a standing charge is fulfilled, and only it is given back`() {
        for combination in Self.combinations where decide(combination) == .perform {
            guard combination.step == .fulfil || combination.step == .reverse else { continue }
            #expect(combination.order == .charged)
            #expect(combination.payment == .charged)
        }
    }

    @Test func `a captured payment is never touched again`() {
        for combination in Self.combinations where combination.payment == .captured {
            guard combination.step != .notify, combination.step != .tell else { continue }
            #expect([.obsolete, .alreadyDone, .conflict].contains(decide(combination)))
        }
    }

    @Test func `stock goes back only from orders that rest unfulfilled`() {
        for combination in Self.combinations
        where combination.step == .release && decide(combination) == .perform {
            #expect(combination.order.isFinal)
            #expect(combination.order != .fulfilled)
        }
    }

    @Test func `final statuses have no successors but the redriven one`() {
        for status in OrderStatus.allCases {
            let mayGoOn = !status.isFinal || status == .dead
            #expect(status.successors.isEmpty != mayGoOn)
        }
    }

    @Test func `the documentation shows this table`() throws {
        let page = try SourceTree.text(of: "docs/saga.md")
        #expect(page.contains(SagaPlan.markdown))
    }

    private func decide(_ combination: Combination) -> SagaDecision {
        SagaPlan.decide(
            combination.step, order: combination.order, payment: combination.payment)
    }
}
