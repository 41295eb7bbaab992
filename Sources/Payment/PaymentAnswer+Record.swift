// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

extension PaymentAnswer {
    /// What the queue is told.
    var outcome: StepOutcome {
        switch answer {
        case .charged: StepOutcome.charged(work.step, work.charge.attempt)
        case .declined(let reason):
            StepOutcome.declined(work.step, work.charge.attempt, reason)
        case .unavailable(let reason): .unavailable("the provider could not be asked: \(reason)")
        case .unknown(let reason): .unavailable("the provider did not answer: \(reason)")
        }
    }

    /// What is written down; nothing when the provider was surely not asked, or said nothing new.
    ///
    /// - Parameter through: `charging` for a charge that is made and answered at once.
    func record(
        in order: OrderRow, through: OrderStatus? = nil
    ) -> (PaymentBook.Move, OrderJournal.Entry)? {
        let state: PaymentState
        let status: OrderStatus
        var reference: String?
        var detail = ""
        switch answer {
        case .unavailable: return nil
        case .unknown where order.status == .unknown: return nil
        case .charged(let name): (state, status, reference) = (.charged, .charged, name)
        case .declined(let reason): (state, status, detail) = (.declined, .declined, reason)
        case .unknown(let reason): (state, status, detail) = (.unknown, .unknown, reason)
        }
        let move = PaymentBook.Move(
            order: order.id, attempt: work.charge.attempt, state: state, reference: reference,
            detail: detail)
        let entry = OrderJournal.Entry(
            work.step, from: order.status, through: through, to: status, detail: detail)
        return (move, entry)
    }
}
