// SPDX-License-Identifier: MIT
import ArgumentParser
import DiskStorage
import Foundation
import SegmentLog

/// `meshctl log`: looks into a broker's log on disk, and mends it.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Check, copy, read and mend a broker's log on disk.",
        subcommands: [
            LogVerifyCommand.self, LogBackupCommand.self, LogDumpCommand.self,
            LogRepairCommand.self,
        ])
}

/// The directory of a log.
struct LogOptions: ParsableArguments {
    @Argument(help: "The broker's data.dir.")
    var directory: String

    /// Blocks and batches are the same in every log; the size of segments is read off their files.
    static let geometry = LogGeometry()

    /// The directory to be read alone; whoever writes to it goes on.
    func openForReading() throws -> DiskDirectory {
        do {
            return try DiskDirectory(reading: directory)
        } catch {
            throw CommandError("cannot open \(directory): \(error)")
        }
    }

    /// The directory for this process alone.
    func openForWriting() throws -> DiskDirectory {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
            isDirectory.boolValue
        else { throw CommandError("\(directory) is not a directory") }
        do {
            return try DiskDirectory(directory)
        } catch  where error.operation == .lock {
            throw CommandError("\(directory) is in use: stop its broker first")
        } catch {
            throw CommandError("cannot open \(directory): \(error)")
        }
    }
}
