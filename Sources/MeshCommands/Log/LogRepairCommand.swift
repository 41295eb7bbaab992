// SPDX-License-Identifier: MIT
import ArgumentParser
import DiskStorage
import QueueState
import SegmentLog

/// `meshctl log repair`: shows what a repair would lose; does it only when told.
struct LogRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Show what it takes, and what it loses, for a damaged log to start again.",
        discussion: "Changes nothing without --yes. What is removed is kept in files removed-*.")

    @OptionGroup var options: LogOptions

    @Flag(help: "Do it.")
    var yes = false

    /// Each step removes a file or more; a log that takes more steps needs a restored backup.
    private static let stepCountMax = 16

    func run() async throws {
        let storage = try options.openForWriting()
        defer { storage.unlock() }
        for _ in 0..<Self.stepCountMax {
            do throws(LogError) {
                let report = try LogCheck.run(storage, geometry: LogOptions.geometry)
                return print(LogVerifyCommand.text(report))
            } catch {
                print("damaged: \(error)")
                try repair(error, storage)
            }
        }
        throw CommandError("still damaged after \(Self.stepCountMax) steps: restore a backup")
    }

    private func repair(_ error: LogError, _ storage: any SegmentStorage) throws {
        guard
            let step = try LogRepair.plan(
                against: error, in: storage, geometry: LogOptions.geometry)
        else { throw CommandError("nothing here mends that: restore a backup") }
        print(Self.text(step))
        guard yes else { throw ExitCode.failure }
        try step.apply(to: storage, geometry: LogOptions.geometry)
        print("done")
    }

    static func text(_ step: LogRepair) -> String {
        switch step {
        case .dropSnapshot(let segment):
            """
            repair: set \(segment.snapshotFileName) aside. The segments make up the queues without \
            it: no message is lost. Ids of messages settled in segments that are gone are \
            forgotten: published again, they are taken for new.
            """
        case .cut(let position, let loss):
            """
            repair: end the log at \(position.segment.fileName), offset \(position.offset). Lost: \
            what is damaged, and behind it \(loss.batchCount) batches that check, of \
            \(loss.recordCount) records, in \(loss.segments.count + 1) segments: messages published \
            there are gone, messages settled there come back.
            """
        }
    }
}
