// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import PostgresStore
import Saga

/// Orders, their keys and their outbox in the database: a batch at a time.
struct OrderStore: Sendable {
    /// What a key turned out to be.
    enum Claim: Sendable, Equatable {
        /// The order is stored; its message waits in the outbox.
        case stored
        /// The key was taken before.
        case held(IdempotencyKeyState)
    }

    /// Where idempotency keys are kept.
    enum Keys: Sendable {
        /// In this database, claimed in the order's own transaction.
        case here
        /// With a service, which has named the orders before they come here; none is stored whose name
        /// has less than the margin to live.
        case elsewhere(margin: Duration)
    }

    let pool: PostgresPool
    let keys: Keys

    init(pool: PostgresPool, keys: Keys = .here) {
        self.pool = pool
        self.keys = keys
    }

    /// Stores the orders that are the first of their keys, with an event and an outbox row each, in
    /// one transaction.
    ///
    /// - Parameters:
    ///   - candidates: with different keys.
    ///   - isSent: whether an order's message is known to be handed over, though its outbox row may
    ///     still stand.
    /// - Returns: a claim for each candidate, by order id.
    func store(
        _ candidates: [Candidate], at now: MeshInstant,
        isSent: @escaping @Sendable (OrderID) -> Bool
    ) async throws(PostgresError) -> [OrderID: Claim] {
        switch keys {
        case .here: try await claim(candidates, at: now, isSent: isSent)
        case .elsewhere(let margin):
            try await storeNamed(candidates, at: now, margin: margin, isSent: isSent)
        }
    }

    private func claim(
        _ candidates: [Candidate], at now: MeshInstant,
        isSent: @escaping @Sendable (OrderID) -> Bool
    ) async throws(PostgresError) -> [OrderID: Claim] {
        try await pool.transaction { session throws(PostgresError) in
            let claimed = try session.execute(
                OrderStatements.claim,
                [
                    .texts(candidates.map(\.order.tenant.text)),
                    .texts(candidates.map(\.order.idempotencyKey.text)),
                    .bytesList(candidates.map(\.claim.fingerprint.bytes)),
                    .uuids(candidates.map(\.id.value)), .timestamp(now),
                    .timestamps(candidates.map(\.claim.expiresAt)),
                ])
            var claims: [OrderID: Claim] = [:]
            for row in claimed { claims[OrderID(try row[0])] = .stored }
            let new = candidates.filter { claims[$0.id] != nil }
            if !new.isEmpty {
                try session.pipeline(
                    [(OrderStatements.insertOrders, Self.columns(of: new))]
                        + Self.following(new, at: now))
            }
            let repeats = candidates.filter { claims[$0.id] == nil }
            guard !repeats.isEmpty else { return claims }
            let held = try read(repeats, in: session, isSent: isSent)
            for candidate in repeats {
                // Gone again: taken back by whoever held it. The client may come again at once.
                claims[candidate.id] = .held(
                    held[candidate.scopedKey] ?? IdempotencyKeyState(.claimed(candidate.claim)))
            }
            return claims
        }
    }

    /// New orders as they are inserted.
    static func columns(of new: [Candidate]) -> [PostgresValue] {
        [
            .uuids(new.map(\.id.value)), .timestamps(new.map(\.id.createdAt)),
            .texts(new.map(\.order.tenant.text)), .texts(new.map(\.order.customer.text)),
            .texts(new.map(\.order.currency.code)), .int64s(new.map(\.order.total.minorUnits)),
            .texts(new.map { StoredItems.json($0.order.items) }),
            .uuids(new.map(\.claim.trace.value)),
        ]
    }

    /// What stands beside new orders: an event each, and a message in the outbox.
    static func following(
        _ new: [Candidate], at now: MeshInstant
    ) -> [(PostgresStatement, [PostgresValue])] {
        let ids = PostgresValue.uuids(new.map(\.id.value))
        let traces = PostgresValue.uuids(new.map(\.claim.trace.value))
        return [
            (
                OrderStatements.insertEvents,
                [
                    ids, .timestamps(new.map(\.id.createdAt)), traces, .int64(1), .timestamp(now),
                    .text(OrderStatus.accepted.rawValue), .text(""),
                ]
            ),
            (
                OrderStatements.insertOutbox,
                [
                    .uuids(new.map(\.message.value)), ids, traces,
                    .texts(new.map(\.order.tenant.text)),
                    .text(StageQueue.inventory.rawValue), .timestamp(now),
                ]
            ),
        ]
    }

    private func read(
        _ repeats: [Candidate], in session: PostgresSession, isSent: (OrderID) -> Bool
    ) throws(PostgresError) -> [ScopedKey: IdempotencyKeyState] {
        let rows = try session.execute(
            OrderStatements.readClaims,
            [
                .texts(repeats.map(\.order.tenant.text)),
                .texts(repeats.map(\.order.idempotencyKey.text)),
            ])
        var claims: [ScopedKey: KeyClaim] = [:]
        for row in rows {
            let key = ScopedKey(
                tenant: TenantID(unchecked: try row[0]),
                key: IdempotencyKey(unchecked: try row[1]))
            claims[key] = KeyClaim(
                fingerprint: Fingerprint(try row[2]), order: OrderID(try row[3]),
                trace: TraceID(try row[5]), expiresAt: try row[4])
        }
        let waiting = claims.values.map(\.order).filter { !isSent($0) }
        let outstanding = try readOutstanding(waiting, in: session)
        return claims.mapValues { claim in
            switch outstanding[claim.order] {
            case nil: IdempotencyKeyState(.done(claim))
            case true: IdempotencyKeyState(.unknown(claim))
            case false: IdempotencyKeyState(.claimed(claim))
            }
        }
    }

    /// Orders whose message is not handed over, and whether somebody may have tried.
    private func readOutstanding(
        _ orders: [OrderID], in session: PostgresSession
    ) throws(PostgresError) -> [OrderID: Bool] {
        guard !orders.isEmpty else { return [:] }
        var outstanding: [OrderID: Bool] = [:]
        let messages = orders.map { OutputID.start(of: $0).value }
        for row in try session.execute(OrderStatements.outstanding, [.uuids(messages)]) {
            let isTried: Bool = try row[1]
            outstanding[OrderID(try row[0])] = isTried
        }
        return outstanding
    }
}
