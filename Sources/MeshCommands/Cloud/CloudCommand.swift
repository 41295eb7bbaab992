// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl cloud`: the mesh's part of AWS.
struct CloudCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloud",
        abstract: "Set up the mesh's part of AWS, and take a mesh there and back.",
        subcommands: [
            CloudPlanCommand.self, CloudApplyCommand.self, CloudCheckCommand.self,
            CloudPolicyCommand.self, CloudMigrateCommand.self,
        ])
}
