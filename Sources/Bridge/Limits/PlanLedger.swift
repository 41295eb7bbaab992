// SPDX-License-Identifier: MIT
import AWS
import Orders
import Synchronization
import Wire

/// The tenants' plans in DynamoDB.
final class PlanLedger: Sendable {
    private let database: DynamoDBClient
    private let table: String
    private let clock: any MeshClock
    private let known = Mutex<[String: (plan: RatePlan, at: MeshInstant)]>([:])

    /// The name of the plan of a tenant without one.
    static let defaultTenant = "default"

    /// A plan is in force everywhere within this time.
    static let freshness = Duration.seconds(1)
    private static let knownMax = 10_000

    init(database: DynamoDBClient, table: String, clock: any MeshClock) {
        self.database = database
        self.table = table
        self.clock = clock
    }

    /// The plan in force for `tenant`: its own, the one called `default`, or a cautious one.
    func plan(of tenant: String) async throws(AWSError) -> RatePlan {
        let now = clock.now()
        if let last = known.withLock({ $0[tenant] }), now - last.at < Self.freshness {
            return last.plan
        }
        var plan = try await read(tenant)
        if plan == nil, tenant != Self.defaultTenant { plan = try await read(Self.defaultTenant) }
        var found =
            plan
            ?? Self.plan(of: tenant, rate: 10, burst: 20, weight: 1, depthMax: 0)
        found.tenant = tenant
        known.withLock { known in
            if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
            known[tenant] = (found, now)
        }
        return found
    }

    func set(_ plan: RatePlan) async throws(AWSError) {
        try await database.put(
            [
                "pk": Self.key(plan.tenant), "rate": .number(plan.ratePerSecond),
                "burst": .number(plan.burst), "weight": .number(plan.weight),
                "depth_max": .number(plan.depthMax),
            ], into: table)
        known.withLock { $0[plan.tenant] = nil }
    }

    private func read(_ tenant: String) async throws(AWSError) -> RatePlan? {
        guard let item = try await database.get(["pk": Self.key(tenant)], from: table),
            let rate = item["rate"]?.integer(UInt32.self),
            let burst = item["burst"]?.integer(UInt32.self)
        else { return nil }
        return Self.plan(
            of: tenant, rate: rate, burst: burst, weight: item["weight"]?.integer() ?? 1,
            depthMax: item["depth_max"]?.integer() ?? 0)
    }

    /// The bridge keeps no slots and refuses no plan in part: the rest is as it always is here.
    private static func plan(
        of tenant: String, rate: UInt32, burst: UInt32, weight: UInt32, depthMax: UInt64
    ) -> RatePlan {
        RatePlan(
            tenant: tenant, ratePerSecond: rate, burst: burst, weight: weight, depthMax: depthMax,
            concurrency: 0, shadow: false, whenAway: .refuse)
    }

    private static func key(_ tenant: String) -> AttributeValue { .string("plan/\(tenant)") }
}
