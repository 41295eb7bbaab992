// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// A seed is worth something only if it is the same life in every process: hashing differs from one
/// to the next, so that whatever follows the order of a dictionary shows.
@Suite struct SimulationCommandTests {
    @Test func `a seed is the same life in another process`() async throws {
        var words: [[String]] = []
        for _ in 0..<2 {
            let simulation = try ToolProcess("meshctl", ["sim", "--seeds", "40", "--steps", "300"])
            #expect(await simulation.end() == 0, "\(simulation.lines)")
            words.append(simulation.lines)
        }
        #expect(words[0] == words[1])
        #expect(words[0].last?.contains("digest ") == true)
    }
}
