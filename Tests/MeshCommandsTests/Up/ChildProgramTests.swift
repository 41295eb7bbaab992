// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct ChildProgramTests {
    @Test(arguments: [("/bin/true", "status 0"), ("/bin/false", "status 1")])
    func `the end of a program says how it ended`(program: String, end: String) async throws {
        let log = "/tmp/mesh-child-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: log) }
        let child = try ChildProgram(executable: program, environment: [:], logFile: log)
        #expect(await child.end().description == end)
    }

    @Test func `a log that cannot be written is named`() {
        let error = #expect(throws: CommandError.self) {
            try ChildProgram(executable: "/bin/true", environment: [:], logFile: "/proc/no/log")
        }
        #expect(error?.description == "cannot write /proc/no/log: No such file or directory")
    }
}
