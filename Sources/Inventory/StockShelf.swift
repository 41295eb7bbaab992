// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import PostgresStore

/// The statements that reserve stock.
struct StockShelf {
    private static let demands = PostgresStatement(
        "stock.demands",
        """
        SELECT o.id, i.product, sum(i.quantity)::bigint
        FROM orders AS o, jsonb_to_recordset(o.items) AS i (product text, quantity bigint)
        WHERE o.id = ANY($1::uuid[]) AND o.created_at BETWEEN $2 AND $3
        GROUP BY o.id, i.product
        """)
    // In the order of their names: see ReservationBook.
    private static let lock = PostgresStatement(
        "stock.lock",
        """
        SELECT product, on_hand FROM stock WHERE product IN (
            SELECT i.product
            FROM orders AS o, jsonb_to_recordset(o.items) AS i (product text, quantity bigint)
            WHERE o.id = ANY($1::uuid[]) AND o.created_at BETWEEN $2 AND $3)
        ORDER BY product FOR NO KEY UPDATE
        """)
    // Held, as in ReservationBook.
    private static let held = PostgresStatement(
        "stock.held",
        """
        SELECT DISTINCT order_id FROM reservations
        WHERE order_id = ANY($1::uuid[]) AND state NOT IN ('released', 'shipped')
        """)
    private static let take = PostgresStatement(
        "stock.take",
        """
        UPDATE stock AS s
        SET on_hand = s.on_hand - t.pieces, reserved = s.reserved + t.pieces
        FROM unnest($1::text[], $2::bigint[]) AS t (product, pieces)
        WHERE s.product = t.product
        """)
    // A reservation that was released belongs to an order which is now begun again. One that is held
    // is left alone, and then the count tells that something is wrong.
    private static let hold = PostgresStatement(
        "stock.hold",
        """
        INSERT INTO reservations AS r (order_id, product, quantity)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
        ON CONFLICT (order_id, product) DO UPDATE
            SET state = 'held', quantity = excluded.quantity, updated_at = now()
            WHERE r.state = 'released'
        """)

    /// Reserves for each order all that it wants or nothing.
    ///
    /// - Precondition: the orders' rows are locked.
    /// - Returns: why not, for those that got nothing.
    static func reserve(
        _ orders: [OrderID], in session: PostgresSession
    ) throws(PostgresError) -> [OrderID: String] {
        guard !orders.isEmpty else { return [:] }
        let (ids, first, last) = OrderBook.bounds(orders)
        let answers = try session.pipeline([
            (held, [ids]), (demands, [ids, first, last]), (lock, [ids, first, last]),
        ])
        var done: Set<OrderID> = []
        for row in answers[0] { done.insert(OrderID(try row[0])) }
        var pieces: [OrderID: [String: Int64]] = [:]
        for row in answers[1] { pieces[OrderID(try row[0]), default: [:]][try row[1]] = try row[2] }
        var onHand: [String: Int64] = [:]
        for row in answers[2] { onHand[try row[0]] = try row[1] }
        let demands = orders.filter { !done.contains($0) }
            .map { ReservationPlan.Demand(order: $0, pieces: pieces[$0] ?? [:]) }
        let plan = ReservationPlan(demands, onHand: onHand)
        try apply(plan, in: session)
        return plan.rejected.mapValues { product in
            onHand[product] == nil ? "unknown product: \(product)" : "out of stock: \(product)"
        }
    }

    private static func apply(
        _ plan: ReservationPlan, in session: PostgresSession
    ) throws(PostgresError) {
        guard !plan.reserved.isEmpty else { return }
        let sums = plan.sums
        let lines = plan.reserved.flatMap { demand in
            demand.pieces.map { (order: demand.order, product: $0.key, pieces: $0.value) }
        }
        let answers = try session.pipeline([
            (take, [.texts(sums.map(\.product)), .int64s(sums.map(\.pieces))]),
            (
                hold,
                [
                    .uuids(lines.map(\.order.value)), .texts(lines.map(\.product)),
                    .int64s(lines.map(\.pieces)),
                ]
            ),
        ])
        guard answers[0].affectedCount == sums.count, answers[1].affectedCount == lines.count else {
            throw PostgresError(.serialization, "stock or reservations changed under our locks")
        }
    }
}
