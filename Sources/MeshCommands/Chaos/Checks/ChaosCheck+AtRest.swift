// SPDX-License-Identifier: MIT

// What holds once faults are over, dead letters redriven and queues empty.
extension ChaosCheck {
    static let atRest: [ChaosCheck] = [
        everyOrderIsFinal, nothingIsHeld, paymentsAreSettled, outboxIsEmpty, customersAreTold,
    ]

    private static let everyOrderIsFinal = ChaosCheck(
        "final", "every order comes to an end",
        """
        SELECT o.id::text, o.status || ', ' || coalesce(p.state, 'no payment') || ', last: '
            || coalesce(e.stage || ' ' || e.detail, 'nothing')
        FROM orders AS o LEFT JOIN payments AS p ON p.order_id = o.id
        LEFT JOIN order_events AS e ON e.order_id = o.id AND e.created_at = o.created_at
            AND e.number = o.event_count
        WHERE o.status NOT IN ('fulfilled', 'rejected', 'declined', 'cancelled')
        """)

    private static let nothingIsHeld = ChaosCheck(
        "held", "no stock is held for an order at rest",
        """
        SELECT r.order_id::text, o.status || ' holds ' || r.quantity || ' of ' || r.product
        FROM reservations AS r
        LEFT JOIN orders AS o ON o.id = r.order_id AND o.created_at = order_created_at(r.order_id)
        WHERE r.state = 'held'
        """)

    private static let paymentsAreSettled = ChaosCheck(
        "unsettled", "no payment stays open",
        """
        SELECT order_id::text, state || ' ' || detail FROM payments
        WHERE state NOT IN ('captured', 'declined', 'reversed')
        """)

    private static let outboxIsEmpty = ChaosCheck(
        "outbox", "every accepted order was handed to the broker",
        "SELECT order_id::text, 'to ' || queue FROM outbox")

    /// Webhooks may come twice, and each must come once: of the end of every order.
    private static let customersAreTold = ChaosCheck(
        "told", "customers with a receiver are told of the end of every order",
        """
        SELECT o.id::text, o.status FROM orders AS o
        JOIN webhook_endpoints AS w ON w.tenant = o.tenant
        WHERE o.status IN ('fulfilled', 'rejected', 'declined') AND NOT EXISTS (
            SELECT FROM notifications AS n WHERE n.order_id = o.id AND n.status = o.status
                AND n.url = w.url AND n.delivered_at IS NOT NULL)
        """)
}
