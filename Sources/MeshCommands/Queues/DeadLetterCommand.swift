// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl dlq`: messages that nobody could handle.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq", abstract: "Look at dead letters and redrive them.",
        subcommands: [
            DeadLetterListCommand.self, DeadLetterSearchCommand.self, DeadLetterPeekCommand.self,
            DeadLetterExplainCommand.self, DeadLetterRedriveCommand.self,
        ])
}
