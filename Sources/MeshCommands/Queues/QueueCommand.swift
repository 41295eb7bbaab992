// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl queue`: the broker's queues.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at queues.", subcommands: [QueueListCommand.self])
}
