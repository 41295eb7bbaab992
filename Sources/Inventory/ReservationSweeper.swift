// SPDX-License-Identifier: MIT
import Daemon
package import Logging
import Orders
import Pipeline
package import PostgresStore
import Saga

/// Gives back stock that is still held for orders which rest unfulfilled.
///
/// Usually the `release` step does that. It is lost when a stage dies between marking an order dead
/// on its last attempt and settling that step; then this finds it. Cancelled orders are left to
/// `HoldExpirer`, whose customers are to be told first.
package struct ReservationSweeper: Sendable {
    private let pool: PostgresPool
    private let logger: Logger
    package let interval: Duration
    /// A release may still be on its way for so long.
    private let patience: Duration

    private static let find = PostgresStatement(
        "sweeper.find",
        """
        SELECT r.order_id FROM reservations AS r
        JOIN orders AS o ON o.id = r.order_id AND o.created_at = order_created_at(r.order_id)
        WHERE r.state = 'held' AND r.updated_at < now() - $1::bigint * interval '1 millisecond'
            AND o.updated_at < now() - $1::bigint * interval '1 millisecond'
            AND o.status IN ('dead', 'declined', 'rejected')
        LIMIT 500
        """)

    package init(
        pool: PostgresPool, logger: Logger, interval: Duration = .seconds(30),
        patience: Duration = .seconds(120)
    ) {
        self.pool = pool
        self.logger = logger
        self.interval = interval
        self.patience = patience
    }

    /// Sweeps once.
    ///
    /// - Parameter idleFor: reservations and orders that changed more recently are left alone.
    /// - Returns: how many orders' stock was given back.
    package static func sweep(
        _ pool: PostgresPool, idleFor: Duration
    ) async throws(PostgresError) -> Int {
        let idle = PostgresValue.int64(idleFor.wholeNanoseconds / 1_000_000)
        return try await pool.transaction { session throws(PostgresError) in
            var found: Set<OrderID> = []
            for row in try session.execute(find, [idle]) { found.insert(OrderID(try row[0])) }
            guard !found.isEmpty else { return 0 }
            // Locked and asked again: an order may have been redriven meanwhile.
            let orders = try OrderBook.lock(found.sorted(), in: session)
            let resting = orders.values.filter { $0.decision(for: .release) == .perform }
            return try ReservationBook.end(
                resting.map(\.id).sorted(), as: .released, in: session
            ).count
        }
    }
}

extension ReservationSweeper: StageChore {
    package func once() async {
        do throws(PostgresError) {
            let count = try await Self.sweep(pool, idleFor: patience)
            if count > 0 {
                logger.warning(
                    "stock given back that a lost release had left",
                    metadata: .keyed([.count: "\(count)"]))
            }
        } catch {
            logger.warning("sweep failed", metadata: .keyed([.error: "\(error)"]))
        }
    }
}
