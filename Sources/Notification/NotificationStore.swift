// SPDX-License-Identifier: MIT

import Orders
import Pipeline
import PostgresStore
import Saga

/// What notifying reads and writes.
struct NotificationStore: Sendable {
    /// What is known about the steps of a batch before anybody is told.
    struct Briefing: Sendable {
        /// By tenant.
        var recipients: [String: [Recipient]] = [:]
        var fields: [OrderID: WebhookMessage.Fields] = [:]
        /// Whom an earlier attempt told: a message, and the recipient's address.
        var delivered: Set<Told> = []
    }

    struct Told: Sendable, Hashable {
        let message: MessageID
        let address: String
    }

    /// One row to keep about one call, or about there being nobody to tell.
    struct Record: Sendable {
        let step: Step
        let message: MessageID
        let status: OrderStatus
        /// Nil: the tenant has no recipient.
        let recipient: Recipient?
        let attempt: Int
        let outcome: TellingOutcome?
        /// What the order's history says of it; nil leaves the history alone.
        let event: String?
    }

    let pool: PostgresPool

    /// Whom to tell, and what; of a tenant whom nobody is to be told of, no more than that.
    func brief(_ steps: [Step]) async throws(PostgresError) -> Briefing {
        try await pool.transaction { session throws(PostgresError) in
            var briefing = Briefing()
            try briefing.readRecipients(of: Set(steps.map(\.delivery.tenant)), in: session)
            let told = steps.filter { briefing.recipients[$0.delivery.tenant] != nil }
            if !told.isEmpty { try briefing.readChanges(told, in: session) }
            return briefing
        }
    }

    /// Keeps all records, and the events of those that have one, in one transaction.
    func keep(_ records: [Record], at now: MeshInstant) async throws(PostgresError) {
        guard !records.isEmpty else { return }
        try await pool.transaction { session throws(PostgresError) in
            _ = try session.execute(Self.upsert, Self.parameters(records, now))
            try Self.disable(records, now, in: session)
            let told = records.compactMap { record in
                record.event.map { (step: record.step, event: $0) }
            }
            try Self.tell(told, in: session)
        }
    }

    /// Who is gone is told nothing more, until an operator says otherwise.
    private static func disable(
        _ records: [Record], _ now: MeshInstant, in session: PostgresSession
    ) throws(PostgresError) {
        let gone = records.filter { $0.outcome == .gone }
        guard !gone.isEmpty else { return }
        _ = try session.execute(
            disable,
            [
                .texts(gone.map(\.step.delivery.tenant)),
                .texts(gone.map { $0.recipient?.address ?? "" }), .timestamp(now),
                .text(TellingOutcome.gone.text),
            ])
    }

    /// Writes `event` into the history of the order of `step`.
    func note(_ event: String, about step: Step) async throws(PostgresError) {
        try await pool.transaction { session throws(PostgresError) in
            try Self.tell([(step, event)], in: session)
        }
    }

    private static func tell(
        _ events: [(step: Step, event: String)], in session: PostgresSession
    ) throws(PostgresError) {
        guard !events.isEmpty else { return }
        let orders = try OrderBook.lock(Array(Set(events.map(\.step.order))), in: session)
        // A tenant may have two URLs: no order may occur twice in one statement.
        var rest = events
        while !rest.isEmpty {
            var seen: Set<OrderID> = []
            var entries: [OrderJournal.Entry] = []
            var next: [(step: Step, event: String)] = []
            for told in rest {
                guard let order = orders[told.step.order] else { continue }
                guard seen.insert(order.id).inserted else {
                    next.append(told)
                    continue
                }
                entries.append(
                    OrderJournal.Entry(
                        told.step, from: order.status, to: order.status, detail: told.event))
            }
            try OrderJournal.advance(entries, by: .notification, in: session)
            rest = next
        }
    }

    private static func parameters(_ records: [Record], _ now: MeshInstant) -> [PostgresValue] {
        [
            .uuids(records.map(\.message.value)), .uuids(records.map(\.step.order.value)),
            .texts(records.map(\.step.delivery.tenant)), .texts(records.map(\.status.rawValue)),
            .texts(records.map { $0.recipient?.channel ?? "none" }),
            .texts(records.map { $0.recipient?.address ?? "" }),
            .int32s(records.map { Int32(clamping: $0.attempt) }),
            .int32s(records.map { Int32(clamping: $0.outcome?.status ?? 0) }),
            .texts(records.map { $0.outcome?.text ?? "" }),
            .bools(records.map { $0.outcome?.isDelivered ?? false }), .timestamp(now),
        ]
    }
}

extension NotificationStore.Briefing {
    fileprivate mutating func readRecipients(
        of tenants: Set<String>, in session: PostgresSession
    ) throws(PostgresError) {
        let names = PostgresValue.texts(Array(tenants))
        let answers = try session.pipeline([
            (NotificationStore.selectEndpoints, [names]),
            (NotificationStore.selectMailboxes, [names]),
        ])
        for row in answers[0] {
            let endpoint = WebhookEndpoint(url: try row[1], secret: try row[2])
            recipients[try row[0], default: []].append(.webhook(endpoint))
        }
        for row in answers[1] {
            recipients[try row[0], default: []].append(.mailbox(try row[1]))
        }
    }

    fileprivate mutating func readChanges(
        _ steps: [Step], in session: PostgresSession
    ) throws(PostgresError) {
        let ids = steps.map { ($0.message.notice?.message ?? $0.delivery.id).value }
        let (orders, first, last) = OrderBook.bounds(steps.map(\.order))
        let statuses = steps.map { $0.message.status?.rawValue ?? "" }
        let answers = try session.pipeline([
            (NotificationStore.selectOrders, [orders, first, last, .texts(statuses)]),
            (NotificationStore.selectDelivered, [.uuids(ids)]),
        ])
        let stepsByOrder = Dictionary(steps.map { ($0.order, $0) }) { first, _ in first }
        for row in answers[0] {
            let id = OrderID(try row[0])
            guard let step = stepsByOrder[id], let status = step.message.status else { continue }
            fields[id] = WebhookMessage.Fields(
                order: id, tenant: step.delivery.tenant, customer: try row[1], status: status,
                detail: step.message.detail, changedAt: try row[2])
        }
        for row in answers[1] {
            delivered.insert(.init(message: MessageID(try row[0]), address: try row[1]))
        }
    }
}
