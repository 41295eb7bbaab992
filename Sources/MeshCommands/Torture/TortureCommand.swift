// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl torture`: ends built daemons the hard way, and accounts for what they held.
struct TortureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Kill a daemon again and again under load, and account for everything.",
        subcommands: [
            TortureBrokerCommand.self, TortureDiskCommand.self, TortureLimiterCommand.self,
        ])
}
