// SPDX-License-Identifier: MIT
import ArgumentParser
import QueueState
import SegmentLog

/// `meshctl log verify`: reads all of it and changes nothing.
struct LogVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a log to its end, snapshots too; change nothing.",
        discussion: "Ends with status 1, file and offset if anything in it is wrong.")

    @OptionGroup var options: LogOptions

    func run() async throws {
        let storage = try options.openForReading()
        do {
            print(Self.text(try LogCheck.run(storage, geometry: LogOptions.geometry)))
        } catch {
            print("damaged: \(error)")
            throw ExitCode.failure
        }
    }

    static func text(_ report: LogCheck.Report) -> String {
        var table = TextTable("queue", "depth", "dead", "published", "settled")
        for queue in report.queues {
            table.add(
                queue.name.text, queue.depth, queue.deadCount, queue.publishedTotal,
                queue.settledTotal)
        }
        var lines = [
            "whole: \(report.segmentCount) segments, \(report.recordCount) records, "
                + "\(report.snapshots.count) snapshots"
        ]
        if let cut = report.cut {
            lines.append(
                "a batch that was never confirmed is torn at the end: \(cut.segment.fileName) "
                    + "at offset \(cut.offset)")
        }
        return (lines + [table.text]).joined(separator: "\n")
    }
}
