// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct LastWordsTests {
    @Test(arguments: [
        (#"{"message":"starting"}"# + "\n" + #"{"message":"failed","error":"no disk"}"#, "no disk"),
        (#"{"message":"stopped"}"# + "\n", "stopped"),
        (#"{"message":"starting"}"# + "\nFatal error: crash\n", "Fatal error: crash"),
    ])
    func `the reason is the error of the last line, or the line`(log: String, words: String) {
        #expect(LastWords.of(log) == words)
    }

    @Test func `a log that is empty or not there says nothing`() throws {
        #expect(LastWords.of("") == nil)
        #expect(LastWords.of(logFile: "/nonexistent") == nil)
    }

    @Test func `only the end of a long log is read`() throws {
        try RunDirectory.with { directory in
            let path = directory + "/brokerd.log"
            let line = #"{"message":"step done"}"# + "\n"
            let log = String(repeating: line, count: 10_000) + #"{"message":"failed","error":"x"}"#
            try log.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(LastWords.of(logFile: path) == "x")
        }
    }
}
