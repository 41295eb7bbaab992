// SPDX-License-Identifier: MIT
import PostgresStore

/// What tenants' plans say of their shares.
extension OrderStore {
    /// The weights of tenants whose plan gives them another than the usual one, the greatest first
    /// if there are more than a broker keeps; and of `others`, as far as they have a plan.
    func planWeights(_ others: [String]) async throws(PostgresError) -> [String: UInt32] {
        var weights: [String: UInt32] = [:]
        for row in try await pool.query(Self.selectWeights, [.texts(others)]) {
            let weight: Int64 = try row[1]
            weights[try row[0]] = UInt32(clamping: weight)
        }
        return weights
    }

    private static let selectWeights = PostgresStatement(
        "ingest.weights",
        """
        (SELECT tenant, weight FROM plans WHERE weight <> 1
            ORDER BY weight DESC, tenant LIMIT 1024)
        UNION SELECT tenant, weight FROM plans WHERE tenant = ANY($1::text[])
        """)
}
