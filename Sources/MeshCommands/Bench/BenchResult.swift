// SPDX-License-Identifier: MIT
import Foundation
import Histogram

/// What one case of a benchmark measured. Its JSON form is what the reports rely on.
struct BenchResult: Encodable {
    let name: String
    let load: BenchCase
    let perSecond: Double
    /// At the percentile of the key.
    let p50Milliseconds: Double
    let p99Milliseconds: Double
    let p999Milliseconds: Double
    /// Nil when the daemon's process is not known.
    let serverCPUMicrosecondsPerOperation: Double?
    /// How many operations each write to the disk made durable; nil where nothing is.
    let operationsPerFsync: Double?
    let errorCount: Int

    private enum CodingKeys: String, CodingKey {
        case name = "case"
        case connections, window
        case perSecond = "per_second"
        case p50Milliseconds = "p50_ms"
        case p99Milliseconds = "p99_ms"
        case p999Milliseconds = "p999_ms"
        case serverCPUMicrosecondsPerOperation = "server_cpu_us_per_op"
        case operationsPerFsync = "operations_per_fsync"
        case errorCount = "errors"
        case machine
    }

    /// - Parameters:
    ///   - sample: what was done in the time measured.
    ///   - cpu: the CPU time that the daemon took for it.
    ///   - fsyncCount: how often it wrote to the disk.
    init(
        name: String, load: BenchCase, sample: BenchSample, seconds: Double, cpu: Duration?,
        fsyncCount: UInt64?
    ) {
        self.init(
            name: name, load: load, sample: sample, seconds: seconds, cpu: cpu,
            operationsPerFsync: fsyncCount.map {
                Double(sample.operationCount) / Double(max($0, 1))
            })
    }

    /// - Parameter operationsPerFsync: where an operation is not what is written.
    init(
        name: String, load: BenchCase, sample: BenchSample, seconds: Double, cpu: Duration?,
        operationsPerFsync: Double?
    ) {
        self.name = name
        self.load = load
        let operations = Double(sample.operationCount)
        perSecond = (operations / seconds).rounded()
        p50Milliseconds = sample.milliseconds(50)
        p99Milliseconds = sample.milliseconds(99)
        p999Milliseconds = sample.milliseconds(99.9)
        serverCPUMicrosecondsPerOperation = cpu.map {
            Self.rounded($0 / .microseconds(1) / max(operations, 1))
        }
        self.operationsPerFsync = operationsPerFsync.map(Self.rounded)
        errorCount = sample.errorCount
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(load.connections, forKey: .connections)
        try container.encode(load.window, forKey: .window)
        try container.encode(perSecond, forKey: .perSecond)
        try container.encode(p50Milliseconds, forKey: .p50Milliseconds)
        try container.encode(p99Milliseconds, forKey: .p99Milliseconds)
        try container.encode(p999Milliseconds, forKey: .p999Milliseconds)
        try container.encode(
            serverCPUMicrosecondsPerOperation, forKey: .serverCPUMicrosecondsPerOperation)
        try container.encode(operationsPerFsync, forKey: .operationsPerFsync)
        try container.encode(errorCount, forKey: .errorCount)
        try container.encode(MachineFacts.current.line, forKey: .machine)
    }

    /// All results as `--json` prints them.
    static func json(_ results: [some Encodable]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(results), as: UTF8.self)
    }

    /// All results for people, under the machine's facts.
    static func table(_ results: [BenchResult]) -> String {
        var table = TextTable(
            "case", "connections", "window", "per second", "p50 ms", "p99 ms", "p99.9 ms",
            "CPU us/op", "ops/fsync", "errors")
        for result in results {
            table.add(
                result.name, result.load.connections, result.load.window, Int(result.perSecond),
                result.p50Milliseconds, result.p99Milliseconds, result.p999Milliseconds,
                Self.cell(result.serverCPUMicrosecondsPerOperation),
                Self.cell(result.operationsPerFsync), result.errorCount)
        }
        return MachineFacts.current.line + "\n" + table.text
    }

    private static func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "-" }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// What a load did: how long each operation took, and how many failed.
struct BenchSample: Sendable {
    /// In microseconds.
    var latencies = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000,
        numberOfSignificantValueDigits: .three)
    var errorCount = 0

    /// Those that succeeded.
    var operationCount: UInt64 { UInt64(latencies.totalCount) }

    /// - Parameter count: operations that took so long.
    mutating func record(_ microseconds: Int64, count: Int = 1) {
        latencies.record(UInt64(clamping: microseconds), count: UInt64(count))
    }

    mutating func add(_ other: BenchSample) {
        latencies.add(other.latencies)
        errorCount += other.errorCount
    }

    func milliseconds(_ percentile: Double) -> Double {
        Double(latencies.valueAtPercentile(percentile)) / 1000
    }
}
