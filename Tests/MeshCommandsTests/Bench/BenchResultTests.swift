// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct BenchResultTests {
    /// A hundred operations of 1 ms to 100 ms in two seconds, and three that failed.
    private func result(cpu: Duration?, fsyncCount: UInt64?) -> BenchResult {
        var sample = BenchSample()
        for milliseconds in 1...100 { sample.record(Int64(milliseconds) * 1000) }
        sample.errorCount = 3
        return BenchResult(
            name: "publish", load: BenchCase(connections: 4, window: 16), sample: sample,
            seconds: 2, cpu: cpu, fsyncCount: fsyncCount)
    }

    private func fields(of result: BenchResult) throws -> [String: Any] {
        let json = try BenchResult.json([result])
        let array = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
        #expect(array?.count == 1)
        return try #require(array?.first)
    }

    @Test func `the JSON has every key that reports rely on, and the figures add up`() throws {
        let fields = try fields(of: result(cpu: .milliseconds(5), fsyncCount: 20))
        #expect(
            Set(fields.keys) == [
                "case", "connections", "window", "per_second", "p50_ms", "p99_ms", "p999_ms",
                "server_cpu_us_per_op", "operations_per_fsync", "errors", "machine",
            ])
        #expect(fields["case"] as? String == "publish")
        #expect(fields["connections"] as? Int == 4)
        #expect(fields["window"] as? Int == 16)
        #expect(fields["per_second"] as? Double == 50)
        #expect(fields["server_cpu_us_per_op"] as? Double == 50)
        #expect(fields["operations_per_fsync"] as? Double == 5)
        #expect(fields["errors"] as? Int == 3)
        let p50 = try #require(fields["p50_ms"] as? Double)
        let p99 = try #require(fields["p99_ms"] as? Double)
        #expect(abs(p50 - 50) < 0.1 && abs(p99 - 99) < 0.1)
        #expect((fields["machine"] as? String)?.contains("cores") == true)
    }

    @Test func `what is not known is null, never nought`() throws {
        let fields = try fields(of: result(cpu: nil, fsyncCount: nil))
        #expect(fields["server_cpu_us_per_op"] is NSNull)
        #expect(fields["operations_per_fsync"] is NSNull)
    }

    @Test func `the table has the machine above and a line for each case`() {
        let lines = BenchResult.table([result(cpu: nil, fsyncCount: nil)]).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].contains("Linux"))
        #expect(lines[2].split(separator: " ").suffix(3) == ["-", "-", "3"])
    }
}
