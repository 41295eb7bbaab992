// SPDX-License-Identifier: MIT
package import ArgumentParser

/// `meshctl`: runs a mesh, places and explains orders, looks into queues and limits.
package struct MeshCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "meshctl",
        abstract: "Run an order mesh and look into it.",
        subcommands: [
            UpCommand.self, OrderCommand.self, QueueCommand.self, DeadLetterCommand.self,
            LimitCommand.self, CertificatesCommand.self, DatabaseCommand.self, DemoCommand.self,
            StockCommand.self, LogCommand.self, BenchCommand.self, SimulateCommand.self,
            TortureCommand.self, ChaosCommand.self, KeyCommand.self, ConformanceCommand.self,
            CloudCommand.self, FaultyCloudCommand.self,
        ])

    package init() {}
}
