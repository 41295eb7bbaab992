// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import PostgresStore
import Saga

extension PaymentStage {
    /// Records that the standing charge of `step`'s order will be given back, the order staying on
    /// its way to the next charge.
    ///
    /// - Returns: nil when no charge stands.
    func beginReversal(
        of step: Step, detail: String
    ) async throws(PostgresError) -> PaymentWork? {
        try await pool.transaction { session throws(PostgresError) in
            let order = try OrderBook.lock([step.order], in: session)[step.order]
            guard let order, order.status == .charged, let payment = order.payment,
                payment.state == .charged
            else { return nil }
            try PaymentBook.move(
                [
                    .init(
                        order: order.id, attempt: payment.attempt, state: .reversing,
                        detail: detail)
                ], from: [.charged], in: session)
            try OrderJournal.advance(
                [.init(step, from: .charged, to: .charging, detail: detail)], by: .payment,
                in: session)
            return PaymentWork(step: step, charge: order.charge(attempt: payment.attempt))
        }
    }

    /// The reversal that was begun for `step`'s order and not confirmed.
    func openReversal(of step: Step) async throws(PostgresError) -> PaymentWork? {
        try await pool.transaction { session throws(PostgresError) in
            let order = try OrderBook.lock([step.order], in: session)[step.order]
            guard let order, order.status == .charging, let payment = order.payment,
                payment.state == .reversing
            else { return nil }
            return PaymentWork(step: step, charge: order.charge(attempt: payment.attempt))
        }
    }

    /// Asks the provider to give back, and records what it confirms.
    ///
    /// An order that stood as charged was given up by fulfillment: it is dead then. One that is
    /// `charging` waits for its next charge.
    /// - Returns: the orders whose charge is given back, now or before.
    func giveBack(
        _ works: [PaymentWork]
    ) async throws(PostgresError) -> Set<OrderID> {
        guard !works.isEmpty else { return [] }
        let answers = await provider.reverse(works.map(\.charge))
        let confirmed = zip(works, answers).filter { $0.1 == .reversed || $0.1 == .neverCharged }
            .map(\.0)
        guard !confirmed.isEmpty else { return [] }
        return try await pool.transaction { session throws(PostgresError) in
            let orders = try OrderBook.lock(confirmed.map(\.step.order), in: session)
            var moves: [PaymentBook.Move] = []
            var entries: [OrderJournal.Entry] = []
            for work in confirmed {
                guard let order = orders[work.step.order],
                    order.payment?.attempt == work.charge.attempt,
                    order.payment?.state == .reversing
                else { continue }
                moves.append(
                    .init(order: order.id, attempt: work.charge.attempt, state: .reversed))
                entries.append(
                    .init(
                        work.step, from: order.status,
                        to: order.status == .charged ? .dead : order.status,
                        detail: "charge given back"))
            }
            try PaymentBook.move(moves, from: [.reversing], in: session)
            try OrderJournal.advance(entries, by: .payment, in: session)
            return Set(confirmed.map(\.step.order))
        }
    }
}
