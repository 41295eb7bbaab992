// SPDX-License-Identifier: MIT

/// All plans, as last read from the database.
package struct PlanBook: Equatable, Sendable {
    /// The name of the plan of tenants without one of their own.
    package static let defaultName = "default"
    /// The name of the plan, and of the bucket, that all tenants share. No tenant can be called so.
    package static let globalName = "*"

    private let plans: [String: TenantPlan]

    package init(_ plans: [String: TenantPlan] = [:]) {
        self.plans = plans
    }

    package func plan(of tenant: String) -> TenantPlan {
        plans[tenant] ?? plans[Self.defaultName] ?? .fallback
    }

    /// The plans of the first tenants behind `after`, by the bytes of their names.
    package func page(after: String, countMax: Int) -> [(tenant: String, plan: TenantPlan)] {
        let names = plans.keys.filter {
            after.isEmpty || after.utf8.lexicographicallyPrecedes($0.utf8)
        }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return sorted.prefix(countMax).map { ($0, plan(of: $0)) }
    }

    /// The plan that all tenants share; without it there is no common limit.
    package var global: TenantPlan? { plans[Self.globalName] }
}
