// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// Invariants 1 to 6 for the whole built mesh while everything goes wrong, in miniature. The seed is
/// one whose half minute kills and stops everything at once, fills both disks and steps a clock.
@Suite(.serialized) struct ChaosTests {
    @Test func `half a minute of chaos breaks no promise`() async throws {
        let report = try await halfAMinute(["--seed", "1"])
        let faults = try #require(report["faults"] as? [String: Int])
        #expect(faults["kill all"] == 1 && faults["stop database"] == 2, "\(faults)")
        let orders = try #require(report["orders"] as? [String: Any])
        let statuses = try #require(report["statuses"] as? [String: Int])
        #expect((orders["accepted"] as? Int ?? 0) > 0)
        #expect((statuses["fulfilled"] ?? 0) > 0 && (statuses["declined"] ?? 0) > 0)
        #expect((report["checks"] as? Int ?? 0) > 0)
    }

    /// The seed is one whose half minute loses answers of Stripe's twice, stops it, and kills everything.
    @Test func `half a minute of chaos with Stripe takes nobody's money twice`() async throws {
        let report = try await halfAMinute(["--provider", "stripe", "--seed", "77"])
        let faults = try #require(report["faults"] as? [String: Int])
        #expect(faults["stop provider"] == 1 && faults["kill all"] == 1, "\(faults)")
        let stripe = try #require(report["stripe"] as? [String: Int])
        let statuses = try #require(report["statuses"] as? [String: Int])
        #expect((stripe["standing"] ?? 0) > 0 && stripe["standing"] == statuses["fulfilled"])
        // Cards without money: Stripe was asked about them as well.
        #expect((stripe["declined"] ?? 0) > 0)
    }

    @Test func `an interruption ends it early and in order`() async throws {
        let chaos = try ToolProcess(
            "meshctl", ["chaos", "--minutes", "60", "--seed", "2", "--rate", "10"])
        try await chaos.waitForLine { $0 == "chaos: orders flow" }
        chaos.signal(SIGINT)
        let status = await chaos.end()
        #expect(status == 0, "\(chaos.lines.suffix(10))")
        #expect(chaos.lines.last?.hasSuffix("breaches=0") == true, "\(chaos.lines.suffix(10))")
    }

    /// The account of a run, which must end well and have found no breach.
    private func halfAMinute(_ arguments: [String]) async throws -> [String: Any] {
        let chaos = try ToolProcess(
            "meshctl", ["chaos", "--minutes", "0.5", "--rate", "20", "--json"] + arguments)
        let status = await chaos.end()
        let text = chaos.lines.filter { !$0.hasPrefix("chaos: ") }.joined(separator: "\n")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
        #expect(status == 0, "\(text)")
        #expect((report["breaches"] as? [Any])?.isEmpty == true, "\(text)")
        return report
    }
}
