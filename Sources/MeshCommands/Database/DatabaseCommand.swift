// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl db`: the schema, and what is kept.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database.",
        subcommands: [DatabaseMigrateCommand.self, DatabaseDetachCommand.self])
}
