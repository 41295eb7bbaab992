// SPDX-License-Identifier: MIT

// What holds at any instant, in one snapshot, however many processes are dead or asleep.
extension ChaosCheck {
    static func always(_ provider: ChaosProvider) -> [ChaosCheck] {
        let money =
            switch provider {
            case .ledger: [transfersBalance, balancesAreSums, chargesFitStatus, chargesFitPayment]
            // Where the money is, Stripe says: `StripeAudit`.
            case .stripe: [referencesAreKept]
            }
        return [keysNameOneOrder, eventsAreNumbered, fulfilledOnce] + money
            + [pendingFitsStatus, stockIsOfReservations, stockFitsStatus, receiptsFitStatus]
    }

    private static let keysNameOneOrder = ChaosCheck(
        "keys", "every order that was not taken back has exactly one key",
        """
        SELECT o.id::text, coalesce(k.count, 0) || ' keys' FROM orders AS o
        LEFT JOIN (SELECT order_id, count(*) AS count FROM idempotency_keys GROUP BY order_id) AS k
            ON k.order_id = o.id
        WHERE k.count > 1 OR (k.count IS NULL AND o.status <> 'cancelled')
        """)

    private static let eventsAreNumbered = ChaosCheck(
        "events", "the events of an order are numbered without a gap",
        """
        SELECT o.id::text, 'counts ' || o.event_count || ', has ' || count(e.number)
        FROM orders AS o
        LEFT JOIN order_events AS e ON e.order_id = o.id AND e.created_at = o.created_at
        GROUP BY o.id, o.event_count
        HAVING count(e.number) <> o.event_count OR coalesce(max(e.number), 0) <> o.event_count
        """)

    private static let fulfilledOnce = ChaosCheck(
        "fulfilled-once", "an order is fulfilled at most once",
        """
        SELECT order_id::text, count(*) || ' times' FROM order_events
        WHERE stage = 'fulfillment' AND status = 'fulfilled'
        GROUP BY order_id HAVING count(*) > 1
        """)

    private static let transfersBalance = ChaosCheck(
        "transfers", "every transfer has two entries of its amount that cancel out",
        """
        SELECT t.key, count(e.account) || ' entries, sum ' || coalesce(sum(e.amount_minor), 0)
        FROM ledger_transfers AS t LEFT JOIN ledger_entries AS e ON e.transfer_key = t.key
        GROUP BY t.key, t.amount_minor
        HAVING count(e.account) <> 2 OR sum(e.amount_minor) <> 0
            OR max(abs(e.amount_minor)) <> t.amount_minor
        """)

    private static let balancesAreSums = ChaosCheck(
        "balances", "a customer owes the sum of the entries of his account",
        """
        SELECT a.tenant || '/' || a.customer,
            'owes ' || a.balance_minor || ', entries say ' || coalesce(s.owed, 0)
        FROM customer_accounts AS a LEFT JOIN (
            SELECT account, sum(amount_minor) AS owed FROM ledger_entries GROUP BY account
        ) AS s ON s.account = 'customer:' || a.tenant || '/' || a.customer
        WHERE a.balance_minor <> coalesce(s.owed, 0)
        """)

    /// By order: what stands charged, and how many charges that are.
    private static let standing = """
        (SELECT order_id, sum(CASE kind WHEN 'charge' THEN amount_minor ELSE -amount_minor END)
                AS net,
            count(*) FILTER (WHERE kind = 'charge' AND reversed_by IS NULL) AS charges
        FROM ledger_transfers GROUP BY order_id)
        """

    private static let chargesFitStatus = ChaosCheck(
        "charges", "an order is fulfilled with its total charged once, or at rest with nothing",
        """
        SELECT o.id::text, o.status || ' with a net charge of ' || coalesce(s.net, 0)
            || ' in ' || coalesce(s.charges, 0) || ', total ' || o.total_minor
        FROM orders AS o LEFT JOIN \(standing) AS s ON s.order_id = o.id
        WHERE CASE
            WHEN o.status IN ('fulfilled', 'charged') THEN
                (o.status = 'fulfilled' OR coalesce(s.net, 0) <> 0)
                AND (coalesce(s.net, 0) <> o.total_minor OR coalesce(s.charges, 0) <> 1)
            WHEN o.status IN ('charging', 'unknown') THEN
                coalesce(s.net, 0) NOT IN (0, o.total_minor)
            ELSE coalesce(s.net, 0) <> 0 OR coalesce(s.charges, 0) <> 0 END
        """)

    private static let chargesFitPayment = ChaosCheck(
        "payments", "a payment says what the ledger says",
        """
        SELECT p.order_id::text, p.state || ' with a net charge of ' || coalesce(s.net, 0)
        FROM payments AS p LEFT JOIN \(standing) AS s ON s.order_id = p.order_id
        WHERE CASE
            WHEN p.state IN ('charged', 'captured') THEN
                coalesce(s.net, 0) <> p.amount_minor OR coalesce(s.charges, 0) <> 1
            WHEN p.state IN ('declined', 'reversed') THEN coalesce(s.net, 0) <> 0
            ELSE false END
        """)

    private static let referencesAreKept = ChaosCheck(
        "references", "a charge names the intent that Stripe was asked for under its key",
        """
        SELECT p.order_id::text, p.state || ' by ' || coalesce(p.reference, 'nothing')
            || ', asked: ' || coalesce(c.reference, 'nothing')
        FROM payments AS p LEFT JOIN stripe_charges AS c
            ON c.key = p.provider_key AND c.order_id = p.order_id
        WHERE p.state IN ('charged', 'captured')
            AND (p.reference IS NULL OR p.reference IS DISTINCT FROM c.reference)
        """)

    private static let pendingFitsStatus = ChaosCheck(
        "captures", "money is kept for fulfilled orders and for no others",
        """
        SELECT o.id::text, o.status || ' with a payment that is ' || coalesce(p.state, 'not there')
        FROM orders AS o LEFT JOIN payments AS p ON p.order_id = o.id
        WHERE (o.status = 'fulfilled') <> (p.state IS NOT DISTINCT FROM 'captured')
        """)

    private static let stockIsOfReservations = ChaosCheck(
        "stock", "pieces are on hand, reserved or shipped as the reservations say",
        """
        SELECT s.product, s.on_hand || ' + ' || s.reserved || ' + ' || s.shipped || ' of '
            || s.received || ', held ' || coalesce(r.held, 0) || ', gone ' || coalesce(r.gone, 0)
        FROM stock AS s LEFT JOIN (
            SELECT product, sum(quantity) FILTER (WHERE state = 'held') AS held,
                sum(quantity) FILTER (WHERE state = 'shipped') AS gone
            FROM reservations GROUP BY product
        ) AS r ON r.product = s.product
        WHERE s.reserved <> coalesce(r.held, 0) OR s.shipped <> coalesce(r.gone, 0)
            OR s.on_hand + s.reserved + s.shipped <> s.received
        """)

    private static let stockFitsStatus = ChaosCheck(
        "reservations", "what an order wants is held on its way, and shipped when it is fulfilled",
        """
        SELECT o.id::text, o.status || ' wants ' || w.pieces || ', held ' || coalesce(r.held, 0)
            || ', shipped ' || coalesce(r.shipped, 0)
        FROM orders AS o
        CROSS JOIN LATERAL (
            SELECT sum((item ->> 'quantity')::bigint) AS pieces
            FROM jsonb_array_elements(o.items) AS item) AS w
        LEFT JOIN (
            SELECT order_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
                sum(quantity) FILTER (WHERE state = 'shipped') AS shipped
            FROM reservations GROUP BY order_id
        ) AS r ON r.order_id = o.id
        WHERE coalesce(r.shipped, 0)
                <> CASE o.status WHEN 'fulfilled' THEN w.pieces ELSE 0 END
            OR (o.status = 'fulfilled' AND coalesce(r.held, 0) <> 0)
            OR (o.status IN ('reserved', 'charging', 'charged', 'unknown')
                AND coalesce(r.held, 0) <> w.pieces)
            OR coalesce(r.held, 0) NOT IN (0, w.pieces)
        """)

    private static let receiptsFitStatus = ChaosCheck(
        "receipts", "fulfilled orders have a receipt, and no others",
        """
        SELECT o.id::text, o.status FROM orders AS o
        LEFT JOIN receipts AS r ON r.order_id = o.id
        WHERE (o.status = 'fulfilled') <> (r.order_id IS NOT NULL)
        """)
}
