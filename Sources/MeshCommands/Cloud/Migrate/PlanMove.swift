// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Wire

/// Moves plans, and what is left in buckets: the target's begins at what the source's has left, for a
/// full one would be tokens out of nothing.
struct PlanMove: Sendable {
    let ends: MigrationEnds

    /// What came of it, in words, and whether all of it was moved.
    struct Outcome: Sendable {
        var lines: [String] = []
        var isWhole = true
    }

    /// - Parameter tenants: whose plans, where the source cannot list them.
    func run(tenants: [String]) async throws -> Outcome {
        guard let source = ends.sourceLimiter, let target = ends.targetLimiter else {
            return Outcome(lines: ["plans and buckets stay: no limiter is named"])
        }
        var outcome = Outcome()
        for plan in try await plans(of: tenants, at: source, &outcome) {
            do throws(CallError) {
                _ = try await target.setPlan(plan, by: ends.who, because: MigrationEnds.why)
            } catch {
                outcome.isWhole = false
                outcome.lines.append("plan of \(plan.tenant) not moved: \(error)")
                continue
            }
            // The plan of all together, or of those without one, has no bucket of its own.
            guard let tenant = try? TenantID(plan.tenant) else { continue }
            outcome.lines.append(try await level(tenant, source, target))
        }
        return outcome
    }

    private func plans(
        of tenants: [String], at source: LimiterClient, _ outcome: inout Outcome
    ) async throws -> [RatePlan] {
        guard tenants.isEmpty else {
            var plans: [RatePlan] = []
            for tenant in tenants { plans.append(try await source.plan(of: tenant)) }
            return plans
        }
        do throws(CallError) {
            return try await source.plans()
        } catch {
            guard error.code == .unsupported else { throw error }
            outcome.isWhole = false
            outcome.lines.append("the source cannot list plans: name their tenants by --tenant")
            return []
        }
    }

    /// Takes from the target what it has more than the source. Repeated, it takes nothing.
    private func level(
        _ tenant: TenantID, _ source: LimiterClient, _ target: LimiterClient
    ) async throws -> String {
        let left = try await source.peek(tenant).remaining
        let before = try await target.peek(tenant).remaining
        if before > left { _ = try await target.take(before - left, of: tenant) }
        let after = try await target.peek(tenant).remaining
        return "bucket of \(tenant.text): \(left) left at the source, \(before) at the target, "
            + "now \(after)"
    }
}
