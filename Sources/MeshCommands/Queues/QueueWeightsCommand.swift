// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import ServiceClients
import Wire

/// `meshctl queue weights`: shows or sets the shares of tenants.
struct QueueWeightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Show tenants' weights, or set them.",
        discussion: "`meshctl queue weights acme=4 globex=1 --why ...`; 1 is what everybody has.")

    @Argument(help: "TENANT=WEIGHT, 1 to 1000; none: show them.")
    var weights: [TenantWeightArgument] = []

    @Option(help: "Who you are, besides what your certificate says.")
    var who: String = ProcessInfo.processInfo.environment["USER"] ?? ""

    @Option(help: "Why, for the audit; needed to set them.")
    var why: String = ""

    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        if !weights.isEmpty, why.isEmpty { throw ValidationError("to set weights takes --why") }
    }

    func run() async throws {
        let known = try await mesh.withBroker { broker in
            guard !weights.isEmpty else { return try await broker.weights() }
            return try await broker.setWeights(
                SetWeights(
                    weights: weights.map { TenantWeight(tenant: $0.tenant, weight: $0.weight) },
                    who: who, why: why))
        }
        var table = TextTable("TENANT", "WEIGHT")
        for weight in known { table.add(weight.tenant, weight.weight) }
        table.add("(all others)", 1)
        print(table.text)
    }
}
