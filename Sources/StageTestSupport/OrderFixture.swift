// SPDX-License-Identifier: MIT
package import Orders
package import Pipeline
package import PostgresStore
package import Saga
package import TestSupport

/// A database with orders in it, and questions that tests ask of it.
package struct OrderFixture: Sendable {
    package let database: PrivatePostgres
    package var pool: PostgresPool { database.pool }

    package init(connectionCount: Int = 4) throws {
        database = try PrivatePostgres.make(connectionCount: connectionCount)
    }

    /// Puts `pieces` of `product` on the shelf.
    package func stock(_ product: String, _ pieces: Int64) async throws {
        try await pool.query(
            PostgresStatement("fixture.stock", "SELECT 1 FROM (SELECT stock_receive($1, $2)) AS s"),
            [.text(product), .int64(pieces)])
    }

    /// Stores an order, as ingest would.
    package func place(
        _ items: [String: Int], customer: String = "bob", total: Int64 = 1000,
        status: OrderStatus = .accepted
    ) async throws -> OrderID {
        var generator = SystemRandomNumberGenerator()
        let now = try await now()
        let id = OrderID.make(at: now, using: &generator)
        let lines = items.sorted { $0.key < $1.key }.map {
            #"{"product": "\#($0.key)", "quantity": \#($0.value), "unit_price_minor": 100}"#
        }
        try await pool.query(
            PostgresStatement(
                "fixture.place",
                """
                INSERT INTO orders (id, created_at, tenant, customer, status, total_minor, items, trace)
                VALUES ($1, $2, 'acme', $3, $4, $5, $6, $1)
                """),
            [
                .uuid(id.value), .timestamp(id.createdAt), .text(customer), .text(status.rawValue),
                .int64(total), .text("[\(lines.joined(separator: ", "))]"),
            ])
        return id
    }

    /// What the customer may owe at most.
    package func credit(_ customer: String, limit: Int64) async throws {
        try await pool.query(
            PostgresStatement(
                "fixture.credit",
                """
                INSERT INTO customer_accounts (tenant, customer, credit_limit_minor)
                VALUES ('acme', $1, $2)
                """),
            [.text(customer), .int64(limit)])
    }

    package func status(_ order: OrderID) async throws -> OrderStatus? {
        let text: String? = try await pool.query(
            PostgresStatement("fixture.status", "SELECT status FROM orders WHERE id = $1"),
            [.uuid(order.value)]
        ).first?[0]
        return text.flatMap(OrderStatus.init(rawValue:))
    }

    package func statuses(_ orders: [OrderID]) async throws -> [OrderStatus?] {
        var statuses: [OrderStatus?] = []
        for order in orders { statuses.append(try await status(order)) }
        return statuses
    }

    /// The statuses of the order's events, oldest first.
    package func events(_ order: OrderID) async throws -> [String] {
        try await pool.query(
            PostgresStatement(
                "fixture.events",
                "SELECT status FROM order_events WHERE order_id = $1 ORDER BY number"),
            [.uuid(order.value)]
        ).map { row in try row[0] }
    }

    /// On hand, reserved, shipped.
    package func stockOf(_ product: String) async throws -> [Int64] {
        let rows = try await pool.query(
            PostgresStatement(
                "fixture.stock-of",
                "SELECT ARRAY[on_hand, reserved, shipped] FROM stock WHERE product = $1"),
            [.text(product)])
        return try rows[0][0]
    }

    /// A number that an SQL expression yields.
    package func number(_ sql: String) async throws -> Int64 {
        let rows = try await pool.query(
            PostgresStatement("n\(sql.utf8.reduce(5381) { $0 &* 33 &+ Int($1) })", sql))
        return try rows[0][0]
    }

    /// What the customer owes, by the account and, as a check, by the ledger's entries.
    package func balance(_ customer: String) async throws -> [Int64] {
        let account = try await number(
            "SELECT coalesce(sum(balance_minor), 0)::bigint FROM customer_accounts "
                + "WHERE customer = '\(customer)'")
        let ledger = try await number(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries "
                + "WHERE account = 'customer:acme/\(customer)'")
        return [account, ledger]
    }

    /// A step as the runtime hands it over.
    package func step(
        _ message: StepMessage, attempt: UInt32 = 1, of attemptsMax: UInt32 = 4, token: UInt64 = 1
    ) -> Step {
        let id = OutputID.derive(from: MessageID(message.order.value), output: message)
        return Step(
            delivery: StepDelivery(
                sequence: message.order.value.low, token: token, attempt: attempt,
                attemptsMax: attemptsMax, lease: .seconds(30), id: id,
                trace: TraceID(message.order.value), tenant: "acme", body: message.encoded),
            message: message)
    }

    /// The database's own time, so that orders fall into partitions that exist.
    package func now() async throws -> MeshInstant {
        try await pool.query(PostgresStatement("fixture.now", "SELECT now()"))[0][0]
    }
}
