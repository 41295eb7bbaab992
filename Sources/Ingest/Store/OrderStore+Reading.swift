// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Orders and their stories, read back.
extension OrderStore {
    /// Events of one look; a story that is longer is read in several.
    static let eventCountMax = 10_000

    /// - Returns: nil when the tenant has no such order.
    func order(
        _ id: OrderID, of tenant: TenantID
    ) async throws(PostgresError) -> OrderSnapshot? {
        let rows = try await pool.query(
            Self.selectOrder, [.uuid(id.value), .timestamp(id.createdAt), .text(tenant.text)])
        guard let row = rows.first else { return nil }
        let status: String = try row[1]
        let items: String = try row[4]
        guard let status = OrderStatus(rawValue: status), let items = try? StoredItems.read(items)
        else {
            throw PostgresError(.undecodable, "order \(id) has a status or items unknown here")
        }
        return OrderSnapshot(
            id: id, tenant: tenant, customer: CustomerID(unchecked: try row[0]), status: status,
            total: Money(minorUnits: try row[2], currency: Currency(unchecked: try row[3])),
            items: items, trace: TraceID(try row[5]), createdAt: id.createdAt)
    }

    /// What happened to some orders after each one's number, in order.
    func events(
        of orders: [OrderID: Int64]
    ) async throws(PostgresError) -> [StoredEvent] {
        let ids = Array(orders.keys)
        let rows = try await pool.query(
            Self.selectEvents,
            [
                .uuids(ids.map(\.value)), .timestamps(ids.map(\.createdAt)),
                .int64s(ids.map { orders[$0] ?? 0 }), .int64(Int64(Self.eventCountMax)),
            ])
        var events: [StoredEvent] = []
        for row in rows {
            events.append(
                StoredEvent(
                    order: OrderID(try row[0]), number: try row[1], at: try row[2],
                    stage: try row[3], status: try row[4], detail: try row[5],
                    attempt: try row[6]))
        }
        return events
    }

    private static let selectOrder = PostgresStatement(
        "ingest.order",
        """
        SELECT customer, status, total_minor, currency, items, trace FROM orders
        WHERE id = $1 AND created_at = $2 AND tenant = $3
        """)

    private static let selectEvents = PostgresStatement(
        "ingest.story",
        """
        SELECT e.order_id, e.number, e.at, e.stage, e.status, e.detail, e.attempt
        FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) AS given (id, created, after)
        JOIN order_events AS e
            ON e.order_id = given.id AND e.created_at = given.created AND e.number > given.after
        ORDER BY e.order_id, e.number LIMIT $4
        """)
}
