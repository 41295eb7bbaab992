// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl cloud`: the mesh's part of AWS.
struct CloudCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloud", abstract: "Take a mesh to AWS, and back.",
        subcommands: [CloudMigrateCommand.self])
}
