// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Wire

/// `meshctl limit ls`: all plans.
struct LimitListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List all plans, by tenant.")

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let plans = try await mesh.withLimiter { try await $0.plans() }
        print(PlanText.table(plans))
    }
}
