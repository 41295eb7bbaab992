// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl queue`: the broker's queues.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at queues, and stop, empty or change them.",
        subcommands: [
            QueueListCommand.self, QueueStatsCommand.self, QueueSwitchCommand<QueuePause>.self,
            QueueSwitchCommand<QueueResume>.self, QueuePurgeCommand.self, QueuePolicyCommand.self,
            QueueWeightsCommand.self, QueueAuditCommand.self,
        ])
}
