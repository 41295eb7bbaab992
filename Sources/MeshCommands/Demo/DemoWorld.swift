// SPDX-License-Identifier: MIT
import Logging
import Orders
import PostgresStore
import Wire

/// What must be there before the first order: stock, credit, plans, receivers of webhooks.
struct DemoWorld: Sendable {
    let plan: DemoPlan
    /// Base64 of the key that webhooks are signed with.
    static let secret = "whsec_b3JkZXItbWVzaC1kZW1vLXNlY3JldC0zMi1ieXRlcyE="

    private static let ordinaryPieces: Int64 = 1_000_000

    private static let receive = PostgresStatement(
        "demo.receive",
        "SELECT stock_receive(product, pieces) IS NULL FROM "
            + "unnest($1::text[], $2::bigint[]) AS arrivals (product, pieces)")
    private static let limitCredit = PostgresStatement(
        "demo.credit",
        "INSERT INTO customer_accounts (tenant, customer, credit_limit_minor) "
            + "SELECT tenant, '\(DemoPlan.brokeCustomer)', 50 FROM unnest($1::text[]) AS tenants (tenant)"
    )
    private static let setPlans = PostgresStatement(
        "demo.plans",
        "INSERT INTO plans (tenant, rate_per_second, burst, updated_by) "
            + "SELECT tenant, rate, burst, 'demo' "
            + "FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS p (tenant, rate, burst)")
    private static let register = PostgresStatement(
        "demo.webhooks",
        "INSERT INTO webhook_endpoints (tenant, url, secret) "
            + "SELECT tenant, url, $3 FROM unnest($1::text[], $2::text[]) AS e (tenant, url)")

    /// Those without a limit to speak of.
    private static func tenants(of plan: DemoPlan) -> [String] {
        ["acme", "globex", "silent"].map(plan.tenant)
    }

    /// The plans of the run's tenants: no limit to speak of, and one that is soon reached.
    static func plans(of plan: DemoPlan) -> [RatePlan] {
        let unlimited = tenants(of: plan).map { ($0, 1_000_000, 1_000_000) }
        let hasty = (plan.tenant("hasty"), DemoPlan.hastyPlan.rate, DemoPlan.hastyPlan.burst)
        return (unlimited + [hasty]).map { tenant, rate, burst in
            RatePlan(
                tenant: tenant, ratePerSecond: UInt32(rate), burst: UInt32(burst), weight: 1,
                depthMax: 0, concurrency: 0, shadow: false, whenAway: .refuse)
        }
    }

    /// Writes all of it in one transaction.
    func make(on pool: PostgresPool, webhookPort: Int) async throws {
        let tenants = Self.tenants(of: plan)
        let plans = Self.plans(of: plan)
        let products = DemoPlan.products.map(plan.product)
        let urls = tenants.map { "http://127.0.0.1:\(webhookPort)/\($0)" }
        try await pool.transaction { session throws(PostgresError) in
            try session.execute(
                Self.receive,
                [
                    .texts(products + [plan.product(DemoPlan.scarceProduct)]),
                    .int64s(
                        products.map { _ in Self.ordinaryPieces }
                            + [Int64(DemoPlan.scarcePieces)]),
                ])
            try session.execute(Self.limitCredit, [.texts(tenants)])
            try session.execute(
                Self.setPlans,
                [
                    .texts(plans.map(\.tenant)),
                    .int64s(plans.map { Int64($0.ratePerSecond) }),
                    .int64s(plans.map { Int64($0.burst) }),
                ])
            try session.execute(
                Self.register, [.texts(tenants), .texts(urls), .text(Self.secret)])
        }
    }
}
