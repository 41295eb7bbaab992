// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import PostgresStore
import Saga
import StageTestSupport

extension OrderFixture {
    /// An order of two apples that is charged and whose stock is held.
    func charged(attempt: UInt32 = 1, state: String = "charged") async throws -> OrderID {
        let order = try await place(["apple": 2], status: .charged)
        try await pool.query(
            PostgresStatement(
                "charged",
                """
                WITH p AS (
                    INSERT INTO payments (order_id, tenant, customer, attempt, state, provider,
                        provider_key, amount_minor, currency)
                    VALUES ($1, 'acme', 'bob', $2, $3, 'ledger', ($1::uuid)::text || 'key', 1000, 'USD')
                ), s AS (
                    UPDATE stock SET on_hand = on_hand - 2, reserved = reserved + 2
                    WHERE product = 'apple'
                )
                INSERT INTO reservations (order_id, product, quantity) VALUES ($1, 'apple', 2)
                """), [.uuid(order.value), .int64(Int64(attempt)), .text(state)])
        return order
    }

    func fulfil(_ order: OrderID, attempt: UInt32 = 1) -> Step {
        step(.init(.fulfil, order: order, attempt: attempt))
    }
}
