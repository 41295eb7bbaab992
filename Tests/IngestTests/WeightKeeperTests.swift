// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import ServiceClients
import TestSupport
import Testing
import Wire

@testable import Ingest

@Suite(.serialized) struct WeightKeeperTests {
    @Test func `what differs from the plans is changed, and no more`() {
        let known = [
            TenantWeight(tenant: "a", weight: 2), TenantWeight(tenant: "b", weight: 3),
            TenantWeight(tenant: "no-plan", weight: 9),
        ]
        let plans: [String: UInt32] = ["a": 2, "b": 1, "c": 4, "d": 1, "e": 9000]
        #expect(
            WeightKeeper.changes(from: known, to: plans) == [
                TenantWeight(tenant: "b", weight: 1), TenantWeight(tenant: "c", weight: 4),
                TenantWeight(tenant: "e", weight: 1000),
            ])
    }

    @Test func `the broker learns the weights of plans, and when they change`() async throws {
        let fixture = try IngestFixture()
        fixture.broker.setWeights([TenantWeight(tenant: "no-plan", weight: 9)])
        try await fixture.setPlan("acme", weight: 4)
        #expect(try await fixture.keepWeights())
        #expect(fixture.broker.weights == ["acme": 4, "no-plan": 9])
        try await fixture.setPlan("acme", weight: 1)
        #expect(try await fixture.keepWeights())
        #expect(fixture.broker.weights == ["no-plan": 9])
    }
}

extension IngestFixture {
    fileprivate func setPlan(_ tenant: String, weight: Int64) async throws {
        try await database.pool.query(
            PostgresStatement(
                "test.weight",
                """
                INSERT INTO plans (tenant, rate_per_second, burst, weight) VALUES ($1, 1, 1, $2)
                ON CONFLICT (tenant) DO UPDATE SET weight = $2
                """), [.text(tenant), .int64(weight)])
    }
}
