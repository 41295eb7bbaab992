// SPDX-License-Identifier: MIT
import ArgumentParser
import Testing

@testable import MeshCommands

@Suite struct BenchOptionsTests {
    @Test func `the cases of a table go through every window of each number of connections`() throws
    {
        let cases = try BenchOptions.parse([]).cases()
        #expect(cases.map(\.connections) == [1, 1, 1, 1, 4, 4, 4, 4])
        #expect(cases.map(\.window) == [1, 16, 256, 4096, 1, 16, 256, 4096])
    }

    @Test(arguments: ["0", "65537", "x", "1,-1"])
    func `a number that is none is refused by its option`(text: String) throws {
        let options = try BenchOptions.parse(["--windows=" + text])
        let error = #expect(throws: CommandError.self) { try options.cases() }
        #expect(error?.description.hasPrefix("--windows: ") == true)
    }
}
