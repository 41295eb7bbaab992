// SPDX-License-Identifier: MIT
import ArgumentParser
import Testing

@testable import MeshCommands

@Suite struct ArgumentTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("90s", .seconds(90)), ("15m", .seconds(900)),
        ("2h", .seconds(7200)), ("7d", .seconds(604_800)), ("0s", .zero),
    ])
    func `a time span is a count and a unit`(text: String, duration: Duration) {
        #expect(DurationArgument(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1.5h", "1w", "99999999999999999999d", "36501d", "1 s"])
    func `anything else is no time span`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test(arguments: ["acme", "acme=", "=4", "acme=0", "acme=1001", "acme=-1", "acme=x"])
    func `a weight without tenant or out of range is refused`(text: String) {
        #expect(TenantWeightArgument(argument: text) == nil)
    }

    @Test func `a weight is what stands behind the last sign`() {
        let weight = TenantWeightArgument(argument: "a=b=7")
        #expect(weight?.tenant == "a=b" && weight?.weight == 7)
    }

    @Test(arguments: [
        ["queue", "purge", "payment"], ["queue", "pause", "payment", "--why", "  "],
        ["queue", "weights", "acme=4"], ["dlq", "redrive", "payment"],
        ["dlq", "redrive", "payment", "--why", "x", "--rate", "0"],
        ["dlq", "redrive", "payment", "--why", "x", "--id", "7"],
        ["dlq", "search", "payment", "--older-than", "soon"], ["queue", "audit", "--limit", "129"],
    ])
    func `a command that lacks its reason or is out of bounds is not begun`(words: [String]) {
        #expect(throws: (any Error).self) { try MeshCommand.parseAsRoot(words) }
    }
}
