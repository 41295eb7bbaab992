// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct RunDirectoryLockTests {
    @Test func `a second mesh in the same directory is refused, until the first is gone`() throws {
        try RunDirectory.with { directory in
            let layout = try MeshLayout(runDirectory: directory)
            var first: RunDirectoryLock? = try RunDirectoryLock(layout)
            let error = #expect(throws: CommandError.self) { try RunDirectoryLock(layout) }
            #expect(error?.description.hasPrefix("a mesh runs in \(directory) already") == true)
            #expect(first != nil)
            first = nil
            _ = try RunDirectoryLock(layout)
        }
    }

    @Test func `a process file that names somebody else's process is only litter`() throws {
        try RunDirectory.with { directory in
            let layout = try MeshLayout(runDirectory: directory)
            let own = String(ProcessInfo.processInfo.processIdentifier)
            try own.write(toFile: layout.processFile(.brokerd), atomically: true, encoding: .utf8)
            #expect(layout.process(of: .brokerd) == ProcessInfo.processInfo.processIdentifier)
            _ = try RunDirectoryLock(layout)
        }
    }

    @Test func `a daemon that outlived its mesh is named with its process`() throws {
        try RunDirectory.with { directory in
            let layout = try MeshLayout(runDirectory: directory)
            // A program of that name which stays until it is told to end.
            let program = directory + "/brokerd"
            try FileManager.default.copyItem(atPath: "/usr/bin/tail", toPath: program)
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.arguments = ["-f", "/dev/null"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            // The mask of blocked signals is inherited: only this one is sure to end it.
            defer { kill(process.processIdentifier, SIGKILL) }
            let number = process.processIdentifier
            try String(number).write(
                toFile: layout.processFile(.brokerd), atomically: true, encoding: .utf8)
            let error = #expect(throws: CommandError.self) { try RunDirectoryLock(layout) }
            #expect(error?.description.contains("still runs as process \(number)") == true)
        }
    }

    @Test func `a directory that cannot be made is named with the reason`() {
        let error = #expect(throws: CommandError.self) {
            try MeshLayout(runDirectory: "/proc/nowhere")
        }
        #expect(error?.description == "cannot make /proc/nowhere: No such file or directory")
    }
}
