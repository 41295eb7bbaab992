// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation

/// `meshctl conformance drive`: our own client under test, driven for one case.
struct ConformanceDriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive",
        abstract: "Drive our own client for one golden case: JSON in, JSON out.",
        shouldDisplay: false)

    func run() async throws {
        guard let line = readLine(strippingNewline: true) else {
            throw CommandError("no instruction on standard input")
        }
        let instruction = try JSONDecoder().decode(GoldenInstruction.self, from: Data(line.utf8))
        let outcome =
            try await instruction.service == "ingestd"
            ? OrderDrive(instruction).outcome() : ServiceDrive(instruction).outcome()
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }
}
