// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import PostgresStore
import Saga

/// Writes the receipt of an order whose charge stands, ships its stock, and completes it.
///
/// It holds the order's row while it does: a reversal, which needs the same row, comes before or
/// after, never between.
struct FulfillmentStage: StageHandler {
    private let pool: PostgresPool
    private let receipts: any ReceiptStore

    var queue: StageQueue { .fulfillment }

    init(pool: PostgresPool, receipts: any ReceiptStore) {
        self.pool = pool
        self.receipts = receipts
    }

    /// From the beginning of a batch's transaction until its receipts are written: longer ones are
    /// undone. `ReceiptKeeper` counts on it.
    static let batchDurationMax: Duration = .seconds(60)

    func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] {
        try await pool.transaction { session throws(PostgresError) in
            let started = ContinuousClock.now
            let orders = try OrderBook.lock(steps.map(\.order), in: session)
            let due = steps.filter { step in
                orders[step.order].map { step.isDue($0) && $0.decision(for: step) == .perform }
                    ?? false
            }
            let contents = try ReceiptBook.read(due.map(\.order), in: session)
            let (filed, failures) = file(contents, of: due.map(\.order))
            guard started.duration(to: .now) < Self.batchDurationMax else {
                throw PostgresError(.serialization, "the receipts took too long to write")
            }
            try complete(filed, steps: due, in: session)
            return steps.map { Self.outcome($0, orders[$0.order], failures[$0.order]) }
        }
    }

    /// The charge goes back; the payment stage then gives the stock back too.
    func givenUp(
        _ step: Step, reason: String
    ) async throws(PostgresError) -> StepOutcome {
        let order = try await pool.transaction { session throws(PostgresError) in
            try OrderBook.lock([step.order], in: session)[step.order]
        }
        guard let order, step.isDue(order), let payment = order.payment else {
            return .retry(reason)
        }
        let reversal = StepMessage(
            .reverse, order: step.order, attempt: payment.attempt, detail: reason)
        return StepOutcome(.retry(reason: reason), outputs: [reversal])
    }

    // MARK: - Effects

    /// Writes the receipts of a batch; what cannot be written fails by itself.
    private func file(
        _ contents: [OrderID: Receipt], of orders: [OrderID]
    ) -> (filed: [ReceiptBook.Filed], failures: [OrderID: StepOutcome]) {
        var failures: [OrderID: StepOutcome] = [:]
        var files: [ReceiptFiles] = []
        for order in orders {
            do {
                guard let receipt = contents[order] else {
                    throw PostgresError(.undecodable, "the order has no payment")
                }
                files.append(try ReceiptFiles(receipt, of: order, named: receipts.naming))
            } catch {
                failures[order] = .retry("\(error)")
            }
        }
        let refused = receipts.keep(files.flatMap(\.both))
        var filed: [ReceiptBook.Filed] = []
        for one in files {
            if let refusal = refused[one.data.name] ?? refused[one.page.name] {
                failures[one.order] =
                    refusal.isOfTheStore ? .unavailable(refusal.reason) : .retry(refusal.reason)
                continue
            }
            filed.append(ReceiptBook.Filed(one))
        }
        return (filed, failures)
    }

    private func complete(
        _ filed: [ReceiptBook.Filed], steps: [Step], in session: PostgresSession
    ) throws(PostgresError) {
        try ReceiptBook.close(filed, in: session)
        let orders = filed.map(\.order)
        let paths = [OrderID: String](
            uniqueKeysWithValues: filed.map { ($0.order, $0.data.path) })
        let shipped = try ReservationBook.end(orders, as: .shipped, in: session)
        guard shipped.count == orders.count else {
            throw PostgresError(.serialization, "an order that is charged has no stock held")
        }
        let completed = steps.filter { shipped.contains($0.order) }.map { step in
            OrderJournal.Entry(
                step, from: .charged, to: .fulfilled,
                detail: "receipt \(paths[step.order] ?? "")")
        }
        try OrderJournal.advance(completed, by: .fulfillment, in: session)
    }

    // MARK: - Outcomes

    private static func outcome(
        _ step: Step, _ order: OrderRow?, _ failure: StepOutcome?
    ) -> StepOutcome {
        if let failure { return failure }
        guard let order else { return .retry("no such order") }
        guard step.kind == .fulfil else {
            return StepOutcome(.dead(reason: "\(step.kind) does not belong to this queue"))
        }
        let attempt = order.payment?.attempt ?? 0
        switch order.decision(for: step) {
        case .perform where attempt != step.message.attempt:
            return .done()
        case .perform, .alreadyDone:
            return .done(sending: [.notify(step, of: .fulfilled, attempt: attempt)])
        case .restart:
            // The payment stage knows how to begin again.
            return .done(sending: [StepMessage(.charge, order: step.order, attempt: attempt)])
        case .obsolete:
            return .done()
        case .overtaken:
            return .handedBack
        case .resume, .conflict:
            return .retry("the order is \(order.status), its payment \(order.paymentText)")
        }
    }
}

extension Step {
    /// Whether the charge that this step is about stands, and the order waits for it.
    func isDue(_ order: OrderRow) -> Bool {
        kind == .fulfil && order.decision(for: .fulfil) == .perform
            && order.payment?.attempt == message.attempt
    }
}
