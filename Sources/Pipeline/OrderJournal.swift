// SPDX-License-Identifier: MIT
package import Orders
package import PostgresStore
package import Saga

/// Moves orders on and writes down that it happened, in one statement for a whole batch.
package struct OrderJournal {
    /// One order's change of status, or a word about it when the status stays.
    package struct Entry: Sendable, Equatable {
        package let order: OrderID
        package let from: OrderStatus
        /// A status that it was in meanwhile, so shortly that nobody could see it; it has its event too.
        package let through: OrderStatus?
        package let to: OrderStatus
        package let detail: String
        package let attempt: UInt32
        package let trace: TraceID
        /// Of the lease under which it happens; 0 for what nobody leased.
        package let token: UInt64

        /// - Precondition: each status may follow the one before, or is the same.
        package init(
            _ order: OrderID, from: OrderStatus, through: OrderStatus? = nil, to: OrderStatus,
            detail: String = "", attempt: UInt32, trace: TraceID, token: UInt64 = 0
        ) {
            let path = [from, through ?? from, to]
            for (one, next) in zip(path, path.dropFirst()) {
                precondition(
                    one == next || one.successors.contains(next), "\(next) does not follow \(one)")
            }
            self.order = order
            self.from = from
            self.through = through
            self.to = to
            self.detail = detail
            self.attempt = attempt
            self.trace = trace
            self.token = token
        }

        /// For the order of `step`.
        package init(
            _ step: Step, from: OrderStatus, through: OrderStatus? = nil, to: OrderStatus,
            detail: String = ""
        ) {
            self.init(
                step.order, from: from, through: through, to: to, detail: detail,
                attempt: step.delivery.attempt, trace: step.delivery.trace,
                token: step.delivery.token)
        }

        fileprivate var eventCount: Int { through == nil ? 1 : 2 }
    }

    // The status that was read guards the change: were the row not locked, a second handling of the
    // same step could otherwise move an order twice. The update numbers the events. A word about an
    // order that stays as it is raises no fence: customers are told while the next step is on its way.
    private static let advance = PostgresStatement(
        "order-journal.advance",
        """
        WITH step AS (
            SELECT * FROM unnest(
                $1::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::uuid[],
                $10::bigint[], $11::text[]
            ) AS s (id, from_status, to_status, detail, attempt, trace, fence, through)
        ), moved AS (
            UPDATE orders AS o
            SET status = s.to_status, updated_at = now(),
                event_count = o.event_count + CASE WHEN s.through IS NULL THEN 1 ELSE 2 END,
                fence = CASE WHEN s.from_status = s.to_status THEN o.fence
                             ELSE greatest(o.fence, s.fence) END
            FROM step AS s
            WHERE o.id = s.id AND o.created_at BETWEEN $2 AND $3 AND o.status = s.from_status
            RETURNING o.id, o.created_at, o.event_count, s.through, s.to_status, s.detail,
                s.attempt, s.trace
        )
        INSERT INTO order_events
            (order_id, created_at, number, at, stage, status, detail, attempt, trace)
        SELECT id, created_at, number, clock_timestamp(), $9, status, said, attempt, trace
        FROM moved, LATERAL (VALUES (event_count - 1, through, ''), (event_count, to_status, detail))
            AS event (number, status, said)
        WHERE status IS NOT NULL
        """)

    /// Applies all entries, each for another order.
    ///
    /// - Throws: `serialization` when an order was not in the status it should be left from: the
    ///   transaction is run again and reads anew.
    package static func advance(
        _ entries: [Entry], by stage: StageQueue, in session: PostgresSession
    ) throws(PostgresError) {
        guard !entries.isEmpty else { return }
        let (ids, first, last) = OrderBook.bounds(entries.map(\.order))
        let rows = try session.execute(
            advance,
            [
                ids, first, last, .texts(entries.map(\.from.rawValue)),
                .texts(entries.map(\.to.rawValue)), .texts(entries.map(\.detail)),
                .int64s(entries.map { Int64($0.attempt) }), .uuids(entries.map(\.trace.value)),
                .text(stage.rawValue),
                .int64s(entries.map { OrderFence.column($0.token) }),
                .optionalTexts(entries.map { $0.through?.rawValue }),
            ])
        guard rows.affectedCount == entries.reduce(0, { $0 + $1.eventCount }) else {
            throw PostgresError(.serialization, "orders were moved on by somebody else")
        }
    }
}
