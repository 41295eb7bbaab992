// SPDX-License-Identifier: MIT
import Orders
import Saga
import Testing

/// Every interleaving of two workers with a crash, a lapsed lease, a lost or late answer or a full
/// queue at every point between two effects.
@Suite struct SagaExplorationTests {
    /// What the world outside says, and how many worlds there are at least: an exploration that stops
    /// early proves nothing.
    @Test(arguments: [(true, true, 1_000), (true, false, 800), (false, true, 50)])
    func `whatever goes wrong twice, money and stock end as the order does`(
        _ hasStock: Bool, _ hasCredit: Bool, _ leastCount: Int
    ) {
        var rules = SagaRules()
        (rules.hasStock, rules.hasCredit) = (hasStock, hasCredit)
        let exploration = SagaExploration(faults: 2, rules)
        #expect(exploration.finding == nil, "\(String(describing: exploration.finding))")
        #expect(exploration.worlds.count >= leastCount)
    }

    /// What is known not to hold: `docs/saga.md`. A third fault and an operator's redrive can leave an
    /// order to a stage whose lease is over.
    @Test func `three faults end well once stages are fenced, and not before`() {
        var rules = SagaRules()
        #expect(SagaExploration(faults: 3, rules).finding != nil)
        rules.hasFences = true
        #expect(SagaExploration(faults: 3, rules).finding == nil)
    }

    struct Plant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let complaint: String
        let decide: @Sendable (StepKind, OrderStatus, PaymentState?) -> SagaDecision?
    }

    static let plants = [
        Plant(testDescription: "a charge in doubt is charged anew", complaint: "charged twice") {
            $0 == .charge && $2 == .unknown ? .perform : nil
        },
        Plant(
            testDescription: "what follows from a charge is not sent again",
            complaint: "rests unfinished"
        ) { step, order, _ in step == .charge && order == .charged ? .obsolete : nil },
        Plant(
            testDescription: "what is being given back is fulfilled",
            complaint: "fulfilled without its charge"
        ) { $0 == .fulfil && $2 == .reversing ? .perform : nil },
        Plant(testDescription: "a lost new start is a conflict", complaint: "no good end") {
            step, order, _ in step == .charge && order == .accepted ? .conflict : nil
        },
    ]

    @Test(arguments: plants) func `a mistake in the table is found`(_ plant: Plant) throws {
        var rules = SagaRules()
        rules.decide = { step, order, payment in
            plant.decide(step, order, payment)
                ?? SagaPlan.decide(step, order: order, payment: payment)
        }
        let found = try #require(SagaExploration(faults: 2, rules).finding)
        #expect(found.complaint.contains(plant.complaint), "\(found)")
    }
}
