// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl db`: the schema.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database.",
        subcommands: [DatabaseMigrateCommand.self])
}
