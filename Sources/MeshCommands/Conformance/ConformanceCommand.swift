// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl conformance`: whether a program keeps the protocol, whoever wrote it.
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Try a server, or a client, against the rules of the protocol.",
        subcommands: [
            ConformanceRunCommand.self, ConformanceGoldenCommand.self,
            ConformanceDriveCommand.self,
        ],
        defaultSubcommand: ConformanceRunCommand.self)
}
