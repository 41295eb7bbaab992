// SPDX-License-Identifier: MIT
import PostgresStore

extension DemoAudit {
    static let statuses = PostgresStatement(
        "audit.statuses",
        """
        SELECT status, count(*) FROM orders
        JOIN unnest($1::uuid[]) AS ids (order_id)
            ON id = order_id AND created_at = order_created_at(order_id)
        GROUP BY status
        """)

    static let charges = PostgresStatement(
        "audit.charges",
        """
        SELECT count(*) FROM orders
        JOIN unnest($1::uuid[]) AS ids (of_order)
            ON id = of_order AND created_at = order_created_at(of_order)
        LEFT JOIN (
            SELECT order_id,
                   sum(CASE kind WHEN 'charge' THEN amount_minor ELSE -amount_minor END) AS net
            FROM ledger_transfers WHERE order_id = ANY ($1) GROUP BY order_id
        ) AS charged ON charged.order_id = id
        WHERE coalesce(net, 0) <> CASE status WHEN 'fulfilled' THEN total_minor ELSE 0 END
        """)

    static let ledger = PostgresStatement(
        "audit.ledger", "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries")

    /// Shipped must be what the fulfilled orders contain, nothing reserved, nothing lost.
    static let stock = PostgresStatement(
        "audit.stock",
        """
        SELECT count(*) FROM stock
        LEFT JOIN (
            SELECT item ->> 'product' AS ordered, sum((item ->> 'quantity')::bigint) AS pieces
            FROM orders
            JOIN unnest($2::uuid[]) AS ids (order_id)
                ON id = order_id AND created_at = order_created_at(order_id)
            CROSS JOIN jsonb_array_elements(items) AS item
            WHERE status = 'fulfilled' GROUP BY 1
        ) AS sold ON ordered = product
        WHERE starts_with(product, $1 || '-')
          AND (reserved <> 0 OR shipped <> coalesce(pieces, 0)
               OR on_hand + reserved + shipped <> received)
        """)

    static let receipts = PostgresStatement(
        "audit.receipts",
        """
        SELECT count(*) FROM orders
        JOIN unnest($1::uuid[]) AS ids (of_order)
            ON id = of_order AND created_at = order_created_at(of_order)
        LEFT JOIN receipts ON receipts.order_id = id
        WHERE (status = 'fulfilled') <> (receipts.order_id IS NOT NULL)
        """)
}
