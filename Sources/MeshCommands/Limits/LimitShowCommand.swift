// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Sessions
import Wire

/// `meshctl limit show`: a tenant's plan, what is left in its bucket, and what is in progress.
struct LimitShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a tenant's plan and bucket; takes nothing.")

    @Argument(help: "The tenant.")
    var tenant: String

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let tenant = tenant
        let (plan, decisions) = try await mesh.withConnection(to: "ratelimitd") { connection in
            let plan = try await connection.call(
                GetPlan(tenant: tenant), answer: Plan.self, trace: .zero, deadline: .seconds(5))
            let looks = [false, true].map {
                TokenRequest(tenant: tenant, cost: 0, key: .zero, hold: $0)
            }
            let taken = try await connection.call(
                Take(takes: looks), answer: Taken.self, trace: .zero, deadline: .seconds(5))
            return (plan.plan, taken.decisions)
        }
        print(PlanText.describe(plan))
        for line in PlanText.describe(decisions) { print(line) }
    }
}
