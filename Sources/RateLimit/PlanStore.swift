// SPDX-License-Identifier: MIT
import Orders
package import PostgresStore
import Wire

/// The table `plans`.
package struct PlanStore: Sendable {
    /// Where the database says that a plan changed.
    package static let channel = "plans"

    private let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func load() async throws(PostgresError) -> PlanBook {
        let rows = try await pool.query(Self.select)
        var plans: [String: TenantPlan] = [:]
        for row in rows {
            let tenant: String = try row[0]
            let rate: Int64 = try row[1]
            let burst: Int64 = try row[2]
            let weight: Int64 = try row[3]
            let depth: Int64 = try row[4]
            let whenAway: String = try row[6]
            let concurrency: Int64 = try row[7]
            plans[tenant] = TenantPlan(
                ratePerSecond: UInt32(clamping: rate), burst: UInt32(clamping: burst),
                weight: UInt32(clamping: weight), depthMax: UInt64(clamping: depth),
                isShadow: try row[5], whenAway: .init(word: whenAway) ?? .refuse,
                concurrency: UInt32(clamping: concurrency))
        }
        return PlanBook(plans)
    }

    /// Writes a plan; the database tells every limiter that listens.
    package func save(
        _ plan: TenantPlan, for tenant: String, by who: String, because why: String
    ) async throws(PostgresError) {
        try await pool.query(
            Self.upsert,
            [
                .text(tenant), .int64(Int64(plan.ratePerSecond)), .int64(Int64(plan.burst)),
                .int64(Int64(plan.weight)), .int64(Int64(clamping: plan.depthMax)), .text(who),
                .bool(plan.isShadow), .text(plan.whenAway.word),
                .int64(Int64(plan.concurrency)), .text(why),
            ])
    }

    private static let select = PostgresStatement(
        "plans.load",
        """
        SELECT tenant, rate_per_second, burst, weight, depth_max, shadow, when_away, concurrency
        FROM plans
        """)

    private static let upsert = PostgresStatement(
        "plans.save",
        """
        INSERT INTO plans
            (tenant, rate_per_second, burst, weight, depth_max, updated_by, shadow, when_away,
             concurrency, updated_why)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (tenant) DO UPDATE
            SET rate_per_second = excluded.rate_per_second, burst = excluded.burst,
                weight = excluded.weight, depth_max = excluded.depth_max,
                updated_by = excluded.updated_by, shadow = excluded.shadow,
                when_away = excluded.when_away, concurrency = excluded.concurrency,
                updated_why = excluded.updated_why, updated_at = now()
        """)
}
