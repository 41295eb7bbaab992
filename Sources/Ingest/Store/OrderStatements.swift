// SPDX-License-Identifier: MIT
import PostgresStore

/// Every statement of admission, each for a whole batch.
enum OrderStatements {
    // In the order of the keys, so that two processes with the same keys never deadlock. A key that
    // is held and not expired returns no row; the row stays locked until commit, so that what is
    // read of it next is final.
    static let claim = PostgresStatement(
        "ingest.claim",
        """
        INSERT INTO idempotency_keys AS held
            (tenant, key, body_hash, state, order_id, status, created_at, expires_at)
        SELECT tenant, key, hash, 'done', id, 'accepted', $5, expires
        FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $6::timestamptz[])
            AS given (tenant, key, hash, id, expires)
        ORDER BY tenant, key
        ON CONFLICT (tenant, key) DO UPDATE
            SET body_hash = excluded.body_hash, state = excluded.state,
                order_id = excluded.order_id, status = excluded.status,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            WHERE held.expires_at <= excluded.created_at
        RETURNING order_id
        """)

    static let readClaims = PostgresStatement(
        "ingest.claims",
        """
        SELECT held.tenant, held.key, held.body_hash, held.order_id, held.expires_at, o.trace
        FROM unnest($1::text[], $2::text[]) AS given (tenant, key)
        JOIN idempotency_keys AS held ON held.tenant = given.tenant AND held.key = given.key
        JOIN orders AS o
            ON o.id = held.order_id AND o.created_at = order_created_at(held.order_id)
        """)

    static let outstanding = PostgresStatement(
        "ingest.outstanding",
        "SELECT order_id, tried_at IS NOT NULL FROM outbox WHERE message_id = ANY($1::uuid[])")

    private static let insertion = """
        INSERT INTO orders
            (id, created_at, tenant, customer, currency, total_minor, items, trace, event_count)
        SELECT id, created, tenant, customer, currency, total, items, trace, 1
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[],
            $6::bigint[], $7::jsonb[], $8::uuid[])
            AS given (id, created, tenant, customer, currency, total, items, trace)
        """

    static let insertOrders = PostgresStatement("ingest.orders", insertion)

    // Those whose ids are not there yet. In the order of the ids, so that two daemons with the same
    // ones never deadlock.
    static let insertNamed = PostgresStatement(
        "ingest.named", insertion + " ORDER BY id ON CONFLICT DO NOTHING RETURNING id")

    static let insertEvents = PostgresStatement(
        "ingest.events",
        """
        INSERT INTO order_events
            (order_id, created_at, number, at, stage, status, detail, trace)
        SELECT id, created, $4, $5, 'ingest', $6, $7, trace
        FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS given (id, created, trace)
        """)

    static let insertOutbox = PostgresStatement(
        "ingest.outbox",
        """
        INSERT INTO outbox (message_id, queue, order_id, trace, tenant, created_at)
        SELECT message, $5, id, trace, tenant, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
            AS given (message, id, trace, tenant)
        """)

    // A join and not ANY: made while the table is empty, a plan for ANY reads all of it for ever.
    static let sent = PostgresStatement(
        "ingest.sent",
        """
        DELETE FROM outbox USING unnest($1::uuid[]) AS given (message)
        WHERE message_id = given.message
        """)

    static let tried = PostgresStatement(
        "ingest.tried",
        "UPDATE outbox SET tried_at = $2 WHERE message_id = ANY($1::uuid[])")

    // Only what nobody else may have handed over meanwhile.
    static let takeBack = PostgresStatement(
        "ingest.take-back",
        """
        DELETE FROM outbox WHERE message_id = ANY($1::uuid[]) AND tried_at IS NULL
        RETURNING order_id
        """)

    static let freeKeys = PostgresStatement(
        "ingest.free-keys",
        """
        DELETE FROM idempotency_keys AS held
        USING unnest($1::text[], $2::text[], $3::uuid[]) AS given (tenant, key, id)
        WHERE held.tenant = given.tenant AND held.key = given.key AND held.order_id = given.id
        """)

    static let cancelOrders = PostgresStatement(
        "ingest.cancel",
        """
        UPDATE orders SET status = 'cancelled', event_count = event_count + 1, updated_at = $3
        FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, created)
        WHERE orders.id = given.id AND orders.created_at = given.created
        """)
}
