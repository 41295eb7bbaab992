// SPDX-License-Identifier: MIT
import Daemon
package import Logging
import Orders
package import Pipeline
package import PostgresStore
import Saga

/// Cancels orders that hold stock and that nobody goes on with, gives it back, and tells the customer.
///
/// In three steps, each of which may be repeated: the order is cancelled, if no money is on its way;
/// the customer is told; the stock goes back. It goes back last: stock held for a cancelled order is how
/// one that died in between is reminded that the customer may not know.
package struct HoldExpirer: Sendable {
    private let pool: PostgresPool
    private let announcer: StepAnnouncer
    private let logger: Logger
    private let holdMax: Duration
    package let interval: Duration

    private static let overdue = PostgresStatement(
        "holds.overdue",
        """
        SELECT DISTINCT r.order_id, o.trace FROM reservations AS r
        JOIN orders AS o ON o.id = r.order_id AND o.created_at = order_created_at(r.order_id)
        WHERE r.state = 'held' AND r.updated_at < now() - $1::bigint * interval '1 millisecond'
            AND o.updated_at < now() - $1::bigint * interval '1 millisecond'
            AND o.status IN ('accepted', 'reserved')
        LIMIT 500
        """)
    private static let cancelled = PostgresStatement(
        "holds.cancelled",
        """
        SELECT DISTINCT r.order_id, o.trace, o.tenant FROM reservations AS r
        JOIN orders AS o ON o.id = r.order_id AND o.created_at = order_created_at(r.order_id)
        WHERE r.state = 'held' AND o.status = 'cancelled'
        LIMIT 500
        """)

    package init(
        pool: PostgresPool, announcer: StepAnnouncer, logger: Logger, holdMax: Duration,
        interval: Duration = .seconds(30)
    ) {
        self.pool = pool
        self.announcer = announcer
        self.logger = logger
        self.holdMax = holdMax
        self.interval = interval
    }

    /// Cancels orders whose stock was held and not touched for longer than `holdMax`.
    ///
    /// - Returns: how many.
    package func cancelOverdue() async throws(PostgresError) -> Int {
        let age = PostgresValue.int64(holdMax.wholeNanoseconds / 1_000_000)
        let detail = "its stock was held for longer than \(holdMax) and nothing was charged"
        return try await pool.transaction { session throws(PostgresError) in
            var traces: [OrderID: TraceID] = [:]
            for row in try session.execute(Self.overdue, [age]) {
                let trace: UniqueID = try row[1]
                traces[OrderID(try row[0])] = TraceID(trace)
            }
            guard !traces.isEmpty else { return 0 }
            // Locked and asked again: a stage may have gone on meanwhile, and money be on its way.
            let orders = try OrderBook.lock(traces.keys.sorted(), in: session)
            var entries: [OrderJournal.Entry] = []
            for order in orders.values.sorted(by: { $0.id < $1.id })
            where SagaPlan.mayExpire(order: order.status, payment: order.payment?.state) {
                guard let trace = traces[order.id] else { continue }
                entries.append(
                    .init(
                        order.id, from: order.status, to: .cancelled, detail: detail, attempt: 1,
                        trace: trace))
            }
            try OrderJournal.advance(entries, by: .inventory, in: session)
            return entries.count
        }
    }

    /// Tells the customers of cancelled orders whose stock is still held, and then gives it back.
    ///
    /// - Returns: for how many orders.
    package func concludeCancelled() async throws -> Int {
        var count = 0
        for row in try await pool.query(Self.cancelled) {
            let order = OrderID(try row[0])
            try await announcer.announce(
                StepMessage(.notify, order: order, status: .cancelled),
                tenant: try row[2], trace: TraceID(try row[1]))
            count += try await giveBack(order)
        }
        return count
    }

    private func giveBack(_ id: OrderID) async throws(PostgresError) -> Int {
        try await pool.transaction { session throws(PostgresError) in
            let order = try OrderBook.lock([id], in: session)[id]
            guard let order, order.status == .cancelled,
                order.decision(for: .release) == .perform
            else { return 0 }
            return try ReservationBook.end([id], as: .released, in: session).count
        }
    }
}

extension HoldExpirer: StageChore {
    package func once() async {
        do {
            let count = try await cancelOverdue()
            if count > 0 {
                logger.warning(
                    "orders cancelled whose stock was held for too long",
                    metadata: .keyed([.count: "\(count)"]))
            }
            _ = try await concludeCancelled()
        } catch {
            logger.warning("holds not expired", metadata: .keyed([.error: "\(error)"]))
        }
    }
}
