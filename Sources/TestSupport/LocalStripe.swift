// SPDX-License-Identifier: MIT
import Foundation

/// A stand-in for Stripe that charges, declines and refunds: one for each test process.
///
/// It starts with the first test that asks and ends with the process, however that ends.
package struct LocalStripe: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String

    /// The one of this process.
    package static let shared = Result { try start() }

    /// It did not start; its standard error says why.
    package struct Failure: Error {}

    /// Open as long as the server is wanted; the kernel closes it when this process dies.
    private static let lifeline = Pipe()

    private static func start() throws -> LocalStripe {
        let process = Process()
        process.executableURL = URL(filePath: SourceTree.path(of: "scripts/localstripe"))
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
        return try JSONDecoder().decode(LocalStripe.self, from: line)
    }
}
