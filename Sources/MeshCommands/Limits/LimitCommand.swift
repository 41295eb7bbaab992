// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl limit`: what tenants may do.
struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Show and set rate limits.",
        subcommands: [LimitListCommand.self, LimitShowCommand.self, LimitSetCommand.self])
}
