// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Sessions
import Wire

/// `meshctl limit show`: a tenant's plan and what is left in its bucket.
struct LimitShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a tenant's plan and bucket; takes nothing.")

    @Argument(help: "The tenant.")
    var tenant: String

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let tenant = tenant
        let (plan, decision) = try await mesh.withConnection(to: "ratelimitd") { connection in
            let plan = try await connection.call(
                GetPlan(tenant: tenant), answer: Plan.self, trace: .zero, deadline: .seconds(5))
            let peek = Take(takes: [TokenRequest(tenant: tenant, cost: 0, key: .zero)])
            let taken = try await connection.call(
                peek, answer: Taken.self, trace: .zero, deadline: .seconds(5))
            return (plan.plan, taken.decisions.first)
        }
        print(PlanText.describe(plan))
        if let decision {
            let full = Double(decision.resetMilliseconds) / 1000
            print("left \(decision.remaining) of \(decision.limit); full in \(full) s")
        }
    }
}
