// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Inventory

@Suite struct ReservationPlanTests {
    private func order(_ number: UInt64) -> OrderID { OrderID(UniqueID(high: 0, low: number)) }

    private func demand(_ number: UInt64, _ pieces: [String: Int64]) -> ReservationPlan.Demand {
        .init(order: order(number), pieces: pieces)
    }

    @Test func `first come, first served`() {
        let plan = ReservationPlan(
            [demand(1, ["a": 3]), demand(2, ["a": 3]), demand(3, ["a": 2])], onHand: ["a": 5])
        #expect(plan.reserved.map(\.order) == [order(1), order(3)])
        #expect(plan.rejected == [order(2): "a"])
        #expect(plan.sums.map(\.pieces) == [5])
    }

    @Test func `an order that gets nothing takes nothing from those behind it`() {
        let plan = ReservationPlan(
            [demand(1, ["a": 1, "z": 1]), demand(2, ["a": 1])], onHand: ["a": 1])
        #expect(plan.rejected == [order(1): "z"])
        #expect(plan.reserved.map(\.order) == [order(2)])
    }
}
