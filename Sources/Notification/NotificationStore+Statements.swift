// SPDX-License-Identifier: MIT

import PostgresStore

extension NotificationStore {
    static let selectEndpoints = PostgresStatement(
        "notification.endpoints",
        """
        SELECT tenant, url, secret FROM webhook_endpoints
        WHERE tenant = ANY($1::text[]) AND disabled_at IS NULL
        """)

    static let selectMailboxes = PostgresStatement(
        "notification.mailboxes",
        """
        SELECT tenant, address FROM mail_recipients
        WHERE tenant = ANY($1::text[]) AND disabled_at IS NULL
        """)

    static let disable = PostgresStatement(
        "notification.disable",
        """
        UPDATE webhook_endpoints SET disabled_at = $3, disabled_reason = $4
        FROM unnest($1::text[], $2::text[]) AS gone (of_tenant, of_url)
        WHERE tenant = of_tenant AND url = of_url AND disabled_at IS NULL
        """)

    /// The order's history tells when it came into the status; it has not when a step is older
    /// than the history that is kept. What this stage itself writes there is no change.
    static let selectOrders = PostgresStatement(
        "notification.orders",
        """
        SELECT o.id, o.customer, coalesce((
            SELECT min(e.at) FROM order_events AS e
            WHERE e.order_id = o.id AND e.created_at = o.created_at AND e.status = s.status
              AND e.stage <> 'notification'
        ), o.created_at)
        FROM orders AS o
        JOIN unnest($1::uuid[], $4::text[]) AS s (id, status) ON s.id = o.id
        WHERE o.created_at BETWEEN $2 AND $3
        """)

    static let selectDelivered = PostgresStatement(
        "notification.delivered",
        """
        SELECT message_id, url FROM notifications
        WHERE message_id = ANY($1::uuid[]) AND delivered_at IS NOT NULL
        """)

    /// What was delivered once stays delivered.
    static let upsert = PostgresStatement(
        "notification.upsert",
        """
        INSERT INTO notifications AS n
            (message_id, order_id, tenant, status, channel, url, attempt, response_status, detail,
             delivered_at)
        SELECT s.message_id, s.order_id, s.tenant, s.status, s.channel, s.url, s.attempt,
            s.response_status, s.detail, CASE WHEN s.delivered THEN $11::timestamptz END
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::integer[], $8::integer[], $9::text[], $10::boolean[]
        ) AS s (message_id, order_id, tenant, status, channel, url, attempt, response_status,
            detail, delivered)
        ON CONFLICT (message_id, url) DO UPDATE
        SET attempt = excluded.attempt, response_status = excluded.response_status,
            detail = excluded.detail, delivered_at = excluded.delivered_at
        WHERE n.delivered_at IS NULL
        """)
}
