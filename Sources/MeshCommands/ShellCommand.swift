// SPDX-License-Identifier: MIT
import Foundation

/// A command of the shell that is to succeed.
enum ShellCommand {
    /// Blocks until it ends.
    ///
    /// - Throws: `CommandError` with the command when its status is not zero.
    static func run(_ command: String) throws {
        let status = try status(of: command)
        guard status == 0 else {
            throw CommandError("'\(command)' ended with status \(status)")
        }
    }

    static func status(of command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
