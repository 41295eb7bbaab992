// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl key`: the API keys of tenants.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, list and revoke the API keys of tenants.",
        subcommands: [KeyMakeCommand.self, KeyListCommand.self, KeyRevokeCommand.self])
}
