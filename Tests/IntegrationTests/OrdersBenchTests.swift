// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// The benchmark of whole orders in miniature: its sums and its form, never its times.
@Suite(.serialized) struct OrdersBenchTests {
    @Test func `every order of a small benchmark is fulfilled and accounted for`() async throws {
        let bench = try ToolProcess(
            "meshctl",
            [
                "bench", "orders", "--json", "--orders", "40", "--warm-up", "5", "--http", "2",
                "--rate", "20", "--seconds", "1.5", "--copies", "payment=2",
            ])
        let status = await bench.end()
        #expect(status == 0, "\(bench.lines)")
        let cases = try #require(
            try JSONSerialization.jsonObject(
                with: Data(bench.lines.joined(separator: "\n").utf8)) as? [[String: Any]])
        #expect(
            cases.map { $0["case"] as? String } == ["saturated", "saturated http", "steady20"])
        for (fields, count) in zip(cases, [40, 40, 30]) {
            // On a busy machine fewer are placed in the time, and some may be refused.
            let orders = try #require(fields["orders"] as? Int)
            #expect((1...count).contains(orders + (fields["errors"] as? Int ?? 0)))
            #expect(fields["fulfilled"] as? Int == orders)
            #expect(fields["complaints"] as? [String] == [])
            // One for each stage, and word of three of the changes.
            #expect(fields["messages_per_order"] as? Double == 6)
            let cpu = try #require(fields["cpu_us_per_order"] as? [String: Double])
            #expect(cpu.keys.contains("postgres") && cpu.keys.contains("fulfillmentd"))
            let stages = try #require(fields["stage_median_ms"] as? [String: Double])
            #expect(stages.keys.contains("reserved") && stages.keys.contains("fulfilled"))
            for key in [
                "connections", "window", "per_second", "p50_ms", "p99_ms", "p999_ms", "max_ms",
                "server_cpu_us_per_op", "operations_per_fsync", "transactions_per_order",
                "wal_kb_per_order", "broker_fsyncs_per_order",
            ] { #expect(fields[key] is NSNumber, "\(key)") }
            #expect((fields["machine"] as? String)?.contains("cores") == true)
        }
    }
}
