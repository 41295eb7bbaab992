// SPDX-License-Identifier: MIT
import Orders
import Saga
import Testing

/// Every interleaving of two workers with a crash, a lapsed lease, a lost or late answer or a full
/// queue at every point between two effects.
@Suite struct SagaExplorationTests {
    /// What the world outside says, and how many worlds there are at least: an exploration that stops
    /// early proves nothing.
    @Test(arguments: [(true, true, 25_000), (true, false, 9_000), (false, true, 50)])
    func `whatever goes wrong four times, money and stock end as the order does`(
        _ hasStock: Bool, _ hasCredit: Bool, _ leastCount: Int
    ) {
        var rules = SagaRules()
        (rules.hasStock, rules.hasCredit) = (hasStock, hasCredit)
        let exploration = SagaExploration(faults: 4, rules)
        #expect(exploration.finding == nil, "\(String(describing: exploration.finding))")
        #expect(exploration.worlds.count >= leastCount)
    }

    /// Why orders have fences: else a stage that was stopped beyond its lease moves an order on that it
    /// cannot hand over, and nobody has a message about it.
    @Test func `without fences an order is left with nobody to go on`() throws {
        var rules = SagaRules()
        rules.hasFences = false
        let finding = SagaExploration(faults: 3, rules).finding
        let found = try #require(finding)
        #expect(found.complaint.contains("rests unfinished"), "\(found)")
    }

    /// Why a hold expires only while no money is on its way.
    @Test func `an order that expires while it is charged is found`() throws {
        var rules = SagaRules()
        rules.mayExpire = { order, _ in [.reserved, .charging, .charged].contains(order) }
        let found = try #require(SagaExploration(faults: 1, rules).finding)
        #expect(found.complaint.contains("cancelled, and charged"), "\(found)")
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
        let finding = SagaExploration(faults: 3, rules).finding
        let found = try #require(finding)
        #expect(found.complaint.contains(plant.complaint), "\(found)")
    }
}
