// SPDX-License-Identifier: MIT
import Dispatch
import Orders
import PostgresStore
import StageTestSupport
import TestSupport

extension CloudMesh {
    /// Has the tenant of all orders told of each change.
    func tellTenant(at url: String) async throws {
        try await fixture.pool.query(
            PostgresStatement(
                "cloud-mesh.webhook",
                "INSERT INTO webhook_endpoints (tenant, url, secret) VALUES ('acme', $1, $2)"),
            [.text(url), .text("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")])
    }

    /// Of all receipts that the database knows: the data, and the page to print.
    func receiptPaths() async throws -> [String] {
        var paths: [String] = []
        for row in try await fixture.pool.query(
            PostgresStatement("cloud-mesh.receipts", "SELECT path, page_path FROM receipts"))
        {
            paths += [try row[0], try row[1]]
        }
        return paths
    }
}

extension OrderFixture {
    /// Makes an order one that died an hour ago and still holds its stock.
    func leaveHeld(_ order: OrderID) async throws {
        for (name, table, key) in [
            ("orders", "orders", "id"), ("reservations", "reservations", "order_id"),
        ] {
            let death = table == "orders" ? "status = 'dead', " : ""
            try await pool.query(
                PostgresStatement(
                    "cloud-mesh.leave-\(name)",
                    """
                    UPDATE \(table) SET \(death)updated_at = now() - interval '1 hour'
                    WHERE \(key) = $1
                    """), [.uuid(order.value)])
        }
    }
}

extension OrderFixture {
    /// Holds an order's row for itself, from when it says so until the gate opens.
    func hold(
        _ order: OrderID, _ locked: AsyncStream<Void>.Continuation, until gate: Gate
    ) async throws {
        let lock = PostgresStatement(
            "cloud-mesh.hold", "SELECT id FROM orders WHERE id = $1 FOR UPDATE")
        try await pool.transaction { session throws(PostgresError) in
            try session.execute(lock, [.uuid(order.value)])
            locked.yield()
            let opened = DispatchSemaphore(value: 0)
            gate.whenOpen { opened.signal() }
            opened.wait()
        }
    }
}
