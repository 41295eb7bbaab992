// SPDX-License-Identifier: MIT
import ArgumentParser
import Testing
import Wire

@testable import MeshCommands

@Suite struct LimitSetCommandTests {
    private let old = RatePlan(
        tenant: "acme", ratePerSecond: 100, burst: 200, weight: 7, depthMax: 5000)

    @Test func `what is not named stays as it is`() throws {
        let plan = try LimitSetCommand.parse(["acme", "--rate", "5"]).change(old)
        #expect(plan.ratePerSecond == 5 && plan.burst == 5)
        #expect(plan.weight == 7 && plan.depthMax == 5000)
    }

    @Test func `what is named is changed`() throws {
        let line = ["acme", "--rate", "5", "--burst", "50", "--weight", "2", "--depth", "0"]
        let plan = try LimitSetCommand.parse(line).change(old)
        #expect(plan.burst == 50 && plan.weight == 2 && plan.depthMax == 0)
    }

    @Test(arguments: [(0, "unlimited"), (UInt64(Int64.max), "unlimited"), (9, "at most 9")])
    func `no limit is called so, however it is stored`(depth: UInt64, text: String) {
        var plan = old
        plan.depthMax = depth
        #expect(
            PlanText.describe(plan) == """
                tenant acme: 100 a second, burst 200
                weight 7, queue depth \(text)
                """)
    }
}
