// SPDX-License-Identifier: MIT
import Foundation

/// What `meshctl bench backlog` measured at one depth.
struct BacklogResult: Encodable {
    let result: BenchResult
    /// Messages that waited all the time.
    let depth: Int
    /// Of the daemon, while they waited.
    let residentMebibytes: Double?
    /// From the daemon's start after a kill until it listens, all messages there; nil where it was
    /// not restarted.
    let restartSeconds: Double?
    /// CPU time for each message, as a multiple of that at the smallest depth.
    let costRatio: Double?

    private enum CodingKeys: String, CodingKey {
        case depth
        case residentMebibytes = "rss_mib"
        case restartSeconds = "restart_seconds"
        case costRatio = "cost_ratio"
    }

    func encode(to encoder: any Encoder) throws {
        try result.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(depth, forKey: .depth)
        try container.encode(residentMebibytes, forKey: .residentMebibytes)
        try container.encode(restartSeconds, forKey: .restartSeconds)
        try container.encode(costRatio, forKey: .costRatio)
    }

    static func json(_ results: [BacklogResult]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(results), as: UTF8.self)
    }

    static func table(_ results: [BacklogResult]) -> String {
        var table = TextTable("depth", "rss MiB", "restart s", "cost ratio")
        for result in results {
            table.add(
                result.depth, cell(result.residentMebibytes), cell(result.restartSeconds),
                cell(result.costRatio))
        }
        return BenchResult.table(results.map(\.result)) + "\n" + table.text
    }

    private static func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "-" }
}
