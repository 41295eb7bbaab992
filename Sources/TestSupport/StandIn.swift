// SPDX-License-Identifier: MIT
import Foundation

/// A server that stands in for somebody else's, run by a script of ours: one for each test process,
/// which starts with the first test that asks and ends with the process, however that ends.
struct StandIn {
    /// It did not start; its standard error says why.
    struct Failure: Error {}

    /// Runs `script`, a path in the source tree.
    ///
    /// - Parameter lifeline: its standard input, open for as long as it is wanted; the kernel closes it
    ///   when this process dies. Of this server alone: what it reads from is closed here.
    /// - Returns: what it said in its first line, as JSON, once it takes requests.
    static func start<Greeting: Decodable>(
        _ script: String, lifeline: Pipe
    ) throws -> Greeting {
        let process = Process()
        process.executableURL = URL(filePath: SourceTree.path(of: script))
        let output = Pipe()
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty
            else { throw Failure() }
            line += byte
        }
        return try JSONDecoder().decode(Greeting.self, from: line)
    }
}
