// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga

extension OrderStanding {
    private static let statement = PostgresStatement(
        "meshctl.order-standing",
        """
        SELECT o.status, o.total_minor, o.currency, p.state, p.attempt, p.amount_minor, p.currency,
            r.held, r.shipped
        FROM orders AS o LEFT JOIN payments AS p ON p.order_id = o.id, (
            SELECT coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0)::bigint AS held,
                coalesce(sum(quantity) FILTER (WHERE state = 'shipped'), 0)::bigint AS shipped
            FROM reservations WHERE order_id = $1) AS r
        WHERE o.id = $1 AND o.created_at = order_created_at($1)
        """)

    /// Where `order` stands; nil when the database has none of that id.
    static func read(
        _ order: OrderID, on pool: PostgresPool
    ) async throws(PostgresError) -> OrderStanding? {
        guard let row = try await pool.query(statement, [.uuid(order.value)]).first else {
            return nil
        }
        let name: String = try row[0]
        guard let status = OrderStatus(rawValue: name) else {
            throw PostgresError(.undecodable, "unknown order status \(name)")
        }
        return OrderStanding(
            status: status,
            total: Money(minorUnits: try row[1], currency: Currency(unchecked: try row[2])),
            payment: try payment(row), heldCount: try row[7], shippedCount: try row[8])
    }

    private static func payment(_ row: PostgresRow) throws(PostgresError) -> Payment? {
        guard let name: String = try row[3] as String? else { return nil }
        guard let state = PaymentState(rawValue: name) else {
            throw PostgresError(.undecodable, "unknown payment state \(name)")
        }
        return Payment(
            state: state, attempt: try row[4],
            amount: Money(minorUnits: try row[5], currency: Currency(unchecked: try row[6])))
    }
}
