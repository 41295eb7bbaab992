// SPDX-License-Identifier: MIT
package import Orders
package import PostgresStore
import Saga

/// Reads orders for a batch. Whoever wants to change them locks them first, here.
package struct OrderBook {
    private static let lock = PostgresStatement(
        "order-book.lock",
        """
        SELECT id, tenant, customer, status, currency, total_minor, fence FROM orders
        WHERE id = ANY($1::uuid[]) AND created_at BETWEEN $2 AND $3
        ORDER BY id FOR NO KEY UPDATE
        """)
    private static let payments = PostgresStatement(
        "order-book.payments",
        """
        SELECT order_id, state, attempt, detail FROM payments WHERE order_id = ANY($1::uuid[])
        """)

    /// Locks the orders, in the order of their ids so that two batches cannot wait for each other.
    ///
    /// - Returns: those that exist.
    package static func lock(
        _ ids: [OrderID], in session: PostgresSession
    ) throws(PostgresError) -> [OrderID: OrderRow] {
        let (parameter, first, last) = bounds(ids)
        // In this sequence: the payments are read after the locks were won.
        let answers = try session.pipeline([
            (lock, [parameter, first, last]), (payments, [parameter]),
        ])
        var paymentRows: [OrderID: PaymentRow] = [:]
        for row in answers[1] {
            paymentRows[OrderID(try row[0])] = PaymentRow(
                state: try state(row[1]), attempt: try row[2], detail: try row[3])
        }
        var orders: [OrderID: OrderRow] = [:]
        for row in answers[0] {
            let id = OrderID(try row[0])
            orders[id] = OrderRow(
                id: id, tenant: try row[1], customer: try row[2], status: try status(row[3]),
                total: Money(minorUnits: try row[5], currency: Currency(unchecked: try row[4])),
                payment: paymentRows[id], fence: OrderFence.token(try row[6]))
        }
        return orders
    }

    /// The ids as a parameter, and the times between which the orders were created: with them the
    /// planner leaves out all other months.
    package static func bounds(
        _ ids: [OrderID]
    ) -> (ids: PostgresValue, first: PostgresValue, last: PostgresValue) {
        let times = ids.map(\.createdAt)
        return (
            .uuids(ids.map(\.value)), .timestamp(times.min() ?? .epoch),
            .timestamp(times.max() ?? .epoch)
        )
    }

    private static func status(_ text: String) throws(PostgresError) -> OrderStatus {
        guard let status = OrderStatus(rawValue: text) else {
            throw PostgresError(.undecodable, "unknown order status \(text)")
        }
        return status
    }

    private static func state(_ text: String) throws(PostgresError) -> PaymentState {
        guard let state = PaymentState(rawValue: text) else {
            throw PostgresError(.undecodable, "unknown payment state \(text)")
        }
        return state
    }
}
