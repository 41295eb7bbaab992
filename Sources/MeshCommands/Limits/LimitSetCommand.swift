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

    @Option(help: "Share among tenants; default: as it is.")
    var weight: UInt32?

    @Option(help: "Most messages waiting, 0: no limit; default: as it is.")
    var depth: UInt64?

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let who = ProcessInfo.processInfo.environment["USER"] ?? "meshctl"
        let (tenant, change) = (tenant, change)
        let reply = try await mesh.withConnection(to: "ratelimitd") { connection in
            let old = try await connection.call(
                GetPlan(tenant: tenant), answer: Plan.self, trace: .zero, deadline: .seconds(5))
            return try await connection.call(
                SetPlan(plan: change(old.plan), who: who), answer: Plan.self, trace: .zero,
                deadline: .seconds(5))
        }
        print(PlanText.describe(reply.plan))
    }

    /// What was not named stays as it is in the plan given.
    var change: @Sendable (RatePlan) -> RatePlan {
        { [tenant, rate, burst, weight, depth] old in
            RatePlan(
                tenant: tenant, ratePerSecond: rate, burst: burst ?? rate,
                weight: weight ?? old.weight, depthMax: depth ?? old.depthMax)
        }
    }
}
