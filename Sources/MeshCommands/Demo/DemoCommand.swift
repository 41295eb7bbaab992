// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Logging
import NIOPosix
import Orders
import PostgresStore
import ServiceLifecycle

/// `meshctl demo`: sends orders of every kind to a running mesh and accounts for each of them.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Send orders to a running mesh and account for each.",
        discussion: """
            Ordinary orders, some beyond stock, some beyond the customer's credit, some sent three \
            times at once, some malformed, one tenant over its limit, one whose webhooks fail. Ends \
            with one line, "accounted: ...", and a status other than zero when a sum does not hold.
            """)

    @Option(help: "How many orders.")
    var orders: Int = 1000

    @Option(help: "The same seed sends the same orders.")
    var seed: UInt64 = 1

    @Flag(help: "Leave out the tenant whose webhooks fail, and the story of one order.")
    var accountOnly = false

    @Option(help: "How many seconds the mesh may take to come to rest after the last answer.")
    var patience = 180

    @Option(help: "Run directory of the mesh (MESH_RUN_DIR).")
    var runDir: String = ProcessInfo.processInfo.environment["MESH_RUN_DIR"] ?? ".mesh"

    func validate() throws {
        guard (1...1_000_000).contains(orders) else {
            throw ValidationError("--orders takes 1 to 1,000,000")
        }
    }

    func run() async throws {
        let map = try MeshMap.read(from: runDir)
        let name = String(UInt64(Date().timeIntervalSince1970 * 1000), radix: 36)
        let plan = DemoPlan(run: name, count: orders, seed: seed)
        var logger = Logger(label: "demo")
        logger.logLevel = .error
        let options = DemoRun.Options(
            tellsStory: !accountOnly, patience: .seconds(patience))
        try await MeshDatabase.withPool(map.postgres, logger: logger) { pool in
            try await DemoRun(map: map, plan: plan, options: options).run(on: pool) { report in
                for complaint in report.complaints { print("does not hold: \(complaint)") }
                print(report.line)
                Foundation.exit(report.holds ? EXIT_SUCCESS : EXIT_FAILURE)
            }
        }
    }
}
