// SPDX-License-Identifier: MIT
import Testing

@testable import MeshCommands

@Suite struct DemoPlanTests {
    private let plan = DemoPlan(run: "r1", count: 1000, seed: 1)

    @Test func `the same seed sends the same orders, another seed others`() {
        func text(_ plan: DemoPlan) -> [String] { plan.orders.map { "\($0)" } }
        #expect(text(DemoPlan(run: "r1", count: 1000, seed: 1)) == text(plan))
        #expect(text(DemoPlan(run: "r1", count: 1000, seed: 2)) != text(plan))
    }

    @Test func `a thousand orders are of every kind, by both ways, under keys of their own`() {
        #expect(plan.orders.count == 1000)
        #expect(Set(plan.orders.map(\.key)).count == 1000)
        for purpose in DemoOrder.Purpose.allCases {
            #expect(plan.orders.contains { $0.purpose == purpose }, "\(purpose)")
        }
        #expect(plan.orders.contains { $0.route == .client })
        #expect(plan.orders.contains { $0.copies == 3 })
    }

    @Test func `nothing of one run is another's`() {
        #expect(
            plan.orders.allSatisfy { order in
                order.tenant.hasSuffix("-r1") && order.key.hasPrefix("r1-")
                    && order.items.allSatisfy { $0.product.hasPrefix("r1-") }
            })
    }

    @Test func `what the client library would not send goes by HTTP`() {
        let raw = plan.orders.filter { $0.purpose == .malformed || $0.purpose == .hasty }
        #expect(!raw.isEmpty && raw.allSatisfy { $0.route == .http })
        #expect(plan.orders.allSatisfy { $0.purpose != .malformed || $0.copies == 1 })
    }
}
