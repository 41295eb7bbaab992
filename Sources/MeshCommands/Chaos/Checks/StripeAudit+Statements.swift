// SPDX-License-Identifier: MIT
import PostgresStore

// Each answers two columns of text, a subject and a detail; each row is a breach.
extension StripeAudit {
    private static let shownCountMax = 20

    static let written = PostgresStatement(
        "chaos.stripe-written",
        """
        SELECT given.id, CASE WHEN c.key IS NULL THEN 'nothing was written under ' || given.key
            WHEN p.order_id IS NULL THEN 'order ' || c.order_id || ' has no payment'
            ELSE 'takes ' || given.amount || ' for ' || given.order_id || ', written: '
                || c.amount || ' for ' || c.order_id END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
            AS given (id, key, order_id, amount)
        LEFT JOIN stripe_charges AS c ON c.key = given.key
        LEFT JOIN payments AS p ON p.order_id = c.order_id
        WHERE c.key IS NULL OR p.order_id IS NULL OR c.amount <> given.amount
            OR c.order_id::text <> given.order_id
        LIMIT \(shownCountMax)
        """)
    static let recorded = PostgresStatement(
        "chaos.stripe-recorded",
        """
        SELECT p.order_id::text, p.state || ', of ' || p.amount_minor || ' stands '
            || given.standing
        FROM unnest($1::text[], $2::bigint[]) AS given (key, standing)
        JOIN payments AS p ON p.provider_key = given.key
        WHERE p.state IN ('charged', 'captured') AND given.standing <> p.amount_minor
        LIMIT \(shownCountMax)
        """)
    static let settled = PostgresStatement(
        "chaos.stripe-settled",
        """
        SELECT coalesce(o.id::text, s.order_id), coalesce(o.status, 'no order')
            || ', at Stripe ' || coalesce(s.standing, 0) || ' in ' || coalesce(s.charges, 0)
            || ', total ' || coalesce(o.total_minor, 0)
        FROM orders AS o FULL JOIN (
            SELECT order_id, sum(standing) AS standing,
                count(*) FILTER (WHERE standing <> 0) AS charges
            FROM unnest($1::text[], $2::bigint[]) AS given (order_id, standing)
            GROUP BY order_id
        ) AS s ON s.order_id = o.id::text
        WHERE o.id IS NULL
            OR coalesce(s.standing, 0)
                <> CASE o.status WHEN 'fulfilled' THEN o.total_minor ELSE 0 END
            OR coalesce(s.charges, 0) <> CASE o.status WHEN 'fulfilled' THEN 1 ELSE 0 END
        LIMIT \(shownCountMax)
        """)
    static let named = PostgresStatement(
        "chaos.stripe-named",
        """
        SELECT p.order_id::text, 'names ' || coalesce(p.reference, 'none')
        FROM payments AS p
        LEFT JOIN unnest($1::text[], $2::text[]) AS given (id, key)
            ON given.key = p.provider_key AND given.id = p.reference
        WHERE p.state = 'captured' AND given.id IS NULL
        LIMIT \(shownCountMax)
        """)
}
