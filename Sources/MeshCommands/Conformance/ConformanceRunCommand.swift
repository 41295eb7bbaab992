// SPDX-License-Identifier: MIT
import ArgumentParser
import Sessions

/// `meshctl conformance HOST:PORT`: runs the numbered cases against a server.
struct ConformanceRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the numbered cases against a server.")

    @Argument(help: "Where the server listens: HOST:PORT.")
    var address: String

    func run() async throws {
        guard let endpoint = MeshEndpoint(address) else {
            throw ValidationError("not an address: \(address); write HOST:PORT")
        }
        throw CommandError("no cases yet for \(endpoint)")
    }
}
