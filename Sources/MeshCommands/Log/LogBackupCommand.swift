// SPDX-License-Identifier: MIT
import ArgumentParser
import DiskStorage
import Foundation
import QueueState
import SegmentLog

/// `meshctl log backup`: a copy of a log that a broker may be writing, checked before it is called
/// one.
struct LogBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a log while its broker runs, and check the copy.",
        discussion: """
            All that was confirmed when the copy began is in it. To restore, start brokerd with \
            the copy as its data.dir.
            """)

    @OptionGroup var options: LogOptions

    @Option(help: "The directory of the copy; made, and must not hold anything.")
    var to: String

    /// A segment can be given back and written over while it is copied; that often in a row is no
    /// accident.
    private static let attemptCountMax = 5

    func run() async throws {
        let source = try options.openForReading()
        var failure: LogError?
        for _ in 0..<Self.attemptCountMax {
            let target = try openTarget()
            do {
                let byteCount = try LogBackup.run(
                    from: source, to: target, geometry: LogOptions.geometry)
                let report = try LogCheck.run(target, geometry: LogOptions.geometry)
                print("copied \(byteCount) bytes to \(to)")
                return print(LogVerifyCommand.text(report))
            } catch let error as StorageError where error.operation == .open {
                failure = LogError(error)  // Given back before it was opened.
            } catch let error as LogError {
                failure = error
            }
            target.unlock()
            try FileManager.default.removeItem(atPath: to)
        }
        throw CommandError(
            "no whole copy could be made: \(failure.map { "\($0)" } ?? "")\n"
                + "is the log itself whole? meshctl log verify \(options.directory)")
    }

    private func openTarget() throws -> DiskDirectory {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: to)) ?? []
        guard names.isEmpty else { throw CommandError("\(to) is not empty") }
        do {
            return try DiskDirectory(to)
        } catch {
            throw CommandError("cannot write to \(to): \(error)")
        }
    }
}
