// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Orders
import Sessions
import Wire

/// `meshctl limit set`: changes a tenant's plan; in force within a second.
struct LimitSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a tenant's plan.")

    @Argument(help: "The tenant.")
    var tenant: String

    @Option(help: "Tokens a second.")
    var rate: UInt32

    @Option(help: "Size of the bucket; default: one second's worth.")
    var burst: UInt32?

    @Option(help: "Share among tenants.")
    var weight: UInt32 = 1

    @Option(help: "Most messages waiting; 0: no limit.")
    var depth: UInt64 = 0

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let who = ProcessInfo.processInfo.environment["USER"] ?? "meshctl"
        let plan = RatePlan(
            tenant: tenant, ratePerSecond: rate, burst: burst ?? rate, weight: weight,
            depthMax: depth)
        let reply = try await mesh.withConnection(to: "ratelimitd") { connection in
            try await connection.call(
                SetPlan(plan: plan, who: who), answer: Plan.self, trace: .zero,
                deadline: .seconds(5))
        }
        print(
            "tenant \(reply.plan.tenant): \(reply.plan.ratePerSecond) a second, "
                + "burst \(reply.plan.burst)")
    }
}
