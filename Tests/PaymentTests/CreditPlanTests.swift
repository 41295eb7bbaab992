// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Payment

@Suite struct CreditPlanTests {
    private let account = CreditPlan.Account(tenant: "acme", customer: "bob", currency: "USD")

    private func charge(_ number: UInt64, _ amount: Int64) -> Charge {
        Charge(
            order: OrderID(UniqueID(high: 0, low: number)), attempt: 1, tenant: "acme",
            customer: "bob", amount: Money(minorUnits: amount))
    }

    @Test func `each charge stands on those before it`() {
        let plan = CreditPlan(
            [charge(1, 60), charge(2, 60), charge(3, 30), charge(4, 10)],
            credits: [account: .init(limit: 110, balance: 10)])
        #expect(plan.charged.map(\.amount.minorUnits) == [60, 30, 10])
        #expect(plan.declined.map(\.amount.minorUnits) == [60])
    }

    @Test func `a balance beyond a lowered limit declines, and nothing overflows`() {
        let lowered = CreditPlan(
            [charge(1, 1)], credits: [account: .init(limit: 5, balance: 10)])
        #expect(lowered.charged.isEmpty)
        let huge = CreditPlan(
            [charge(1, .max)], credits: [account: .init(limit: .max, balance: 1)])
        #expect(huge.charged.isEmpty)
    }

    @Test func `an account that is not there has no credit`() {
        #expect(CreditPlan([charge(1, 1)], credits: [:]).declined.count == 1)
    }
}
