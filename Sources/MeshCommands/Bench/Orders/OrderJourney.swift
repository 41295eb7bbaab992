// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Where orders spend their time: the median from one event of an order's history to the next.
struct OrderJourney: Sendable {
    /// By the status that is reached, in the order in which orders reach them.
    let medians: [(status: String, milliseconds: Double)]

    // An event is stamped by its statement, ahead of the commit.
    private static let statement = PostgresStatement(
        "bench.journey",
        """
        SELECT status, (percentile_cont(0.5) WITHIN GROUP (ORDER BY step))::bigint
        FROM (
            SELECT number, status, extract(epoch FROM at - lag(at) OVER (
                PARTITION BY order_id ORDER BY number)) * 1000000 AS step
            FROM order_events
            JOIN unnest($1::uuid[]) AS ids (id)
                ON order_id = id AND created_at = order_created_at(id)
        ) AS steps
        WHERE step IS NOT NULL GROUP BY status ORDER BY min(number)
        """)

    static func read(
        _ orders: [UniqueID], on pool: PostgresPool
    ) async throws(PostgresError) -> OrderJourney {
        var medians: [(String, Double)] = []
        for row in try await pool.query(statement, [.uuids(orders)]) {
            let microseconds: Int64 = try row[1]
            medians.append((try row[0], Double(microseconds) / 1000))
        }
        return OrderJourney(medians: medians)
    }
}
