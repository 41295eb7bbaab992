// SPDX-License-Identifier: MIT
import ArgumentParser
import Testing
import Wire

@testable import MeshCommands

@Suite struct LimitSetCommandTests {
    private let old = RatePlan(
        tenant: "acme", ratePerSecond: 100, burst: 200, weight: 7, depthMax: 5000, concurrency: 3,
        shadow: true, whenAway: .allow)

    private static func command(_ words: String...) throws -> LimitSetCommand {
        try LimitSetCommand.parse(["acme", "--why", "a test"] + words)
    }

    @Test func `what is not named stays as it is`() throws {
        var expected = old
        #expect(try Self.command().change(old) == old)
        expected.ratePerSecond = 5
        #expect(try Self.command("--rate", "5").change(old) == expected)
    }

    @Test func `what is named is changed`() throws {
        let plan = try Self.command("--burst", "50", "--weight", "2", "--depth", "0").change(old)
        #expect(plan.burst == 50 && plan.weight == 2 && plan.depthMax == 0)
        let other = try Self.command(
            "--concurrency", "9", "--no-shadow", "--when-away", "refuse"
        ).change(old)
        #expect(other.concurrency == 9 && !other.shadow && other.whenAway == .refuse)
        #expect(try Self.command("--shadow").change(other).shadow)
    }

    @Test func `all tenants together have no slots, though the plan of others may`() throws {
        let command = try LimitSetCommand.parse(["*", "--rate", "5", "--why", "a test"])
        #expect(command.change(old).concurrency == 0)
    }

    @Test func `a change without a reason, or beyond the limits, is not sent`() {
        #expect(throws: (any Error).self) { try LimitSetCommand.parse(["acme", "--rate", "5"]) }
        #expect(throws: (any Error).self) { try Self.command("--concurrency", "65537") }
        #expect(throws: (any Error).self) { try Self.command("--when-away", "perhaps") }
    }

    @Test func `looks show the bucket, and the slots where there is a limit`() {
        let bucket = Decision(
            granted: true, scope: .tenant, limit: 10, remaining: 4, resetMilliseconds: 1500,
            retryAfterMilliseconds: 0, windowSeconds: 1, held: false)
        var slots = bucket
        slots.scope = .concurrency
        #expect(PlanText.describe([bucket, bucket]) == ["left 4 of 10; full in 1.5 s"])
        #expect(PlanText.describe([bucket, slots]).last == "in progress 6 of 10")
    }

    @Test func `a list has a line for each plan`() {
        #expect(
            PlanText.table([old]) == """
                TENANT  RATE  BURST  WEIGHT         DEPTH  AT ONCE  SHADOW  WHEN AWAY
                acme     100    200       7  at most 5000        3     yes      allow
                """)
    }

    @Test(arguments: [(0, "unlimited"), (UInt64(Int64.max), "unlimited"), (9, "at most 9")])
    func `no limit is called so, however it is stored`(depth: UInt64, text: String) {
        var plan = old
        plan.depthMax = depth
        #expect(
            PlanText.describe(plan) == """
                tenant acme: 100 a second, burst 200
                weight 7, queue depth \(text), at most 3 at once
                tried out: refuses nothing, while its database is away: allow
                """)
    }
}
