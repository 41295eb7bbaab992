// SPDX-License-Identifier: MIT
package import Orders
package import PostgresStore

/// Ends reservations: their pieces go back on the shelf, or out of the house.
package struct ReservationBook {
    package enum End: String, Sendable {
        case released
        case shipped
    }

    // Held is what is neither released nor shipped, said so that no plan takes the index of all that is
    // held for it: an order's few rows are found by their key.
    //
    // Stock rows are always locked in the order of their names, here and where they are reserved, so
    // that two batches which want the same products cannot wait for each other in a ring.
    private static let lockStock = PostgresStatement(
        "reservation-book.lock",
        """
        SELECT product FROM stock WHERE product IN (
            SELECT product FROM reservations
            WHERE order_id = ANY($1::uuid[]) AND state NOT IN ('released', 'shipped'))
        ORDER BY product FOR NO KEY UPDATE
        """)
    private static let end = PostgresStatement(
        "reservation-book.end",
        """
        WITH ended AS (
            UPDATE reservations SET state = $2, updated_at = now()
            WHERE order_id = ANY($1::uuid[]) AND state NOT IN ('released', 'shipped')
            RETURNING order_id, product, quantity
        ), sums AS (
            SELECT product, sum(quantity)::bigint AS pieces FROM ended GROUP BY product
        ), moved AS (
            UPDATE stock AS s
            SET reserved = s.reserved - sums.pieces,
                on_hand = s.on_hand + CASE $2 WHEN 'released' THEN sums.pieces ELSE 0 END,
                shipped = s.shipped + CASE $2 WHEN 'shipped' THEN sums.pieces ELSE 0 END
            FROM sums WHERE s.product = sums.product
        )
        SELECT DISTINCT order_id FROM ended
        """)

    /// Moves what is still held for `orders`; what was ended before stays as it is.
    ///
    /// - Precondition: the orders' rows are locked.
    /// - Returns: the orders for which something was held.
    package static func end(
        _ orders: [OrderID], as end: End, in session: PostgresSession
    ) throws(PostgresError) -> Set<OrderID> {
        guard !orders.isEmpty else { return [] }
        let ids = PostgresValue.uuids(orders.map(\.value))
        let answers = try session.pipeline([
            (lockStock, [ids]), (Self.end, [ids, .text(end.rawValue)]),
        ])
        var ended: Set<OrderID> = []
        for row in answers[1] { ended.insert(OrderID(try row[0])) }
        return ended
    }
}
