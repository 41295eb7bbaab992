// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

extension PaymentOpening {
    /// Puts `step` where the saga's table says it belongs.
    mutating func add(_ step: Step, _ order: OrderRow) {
        switch step.kind {
        case .charge: addCharge(step, order)
        case .reverse: addReversal(step, order)
        case .reserve, .release, .fulfil, .notify, .tell:
            outcomes[step.order] = StepOutcome(
                .dead(reason: "\(step.kind) does not belong to this queue"))
        }
    }

    private mutating func addCharge(_ step: Step, _ order: OrderRow) {
        let attempt = order.payment?.attempt ?? 0
        switch order.decision(for: step) {
        case .perform:
            charging.append(.init(step: step, charge: order.charge(attempt: attempt + 1)))
        case .resume where order.payment?.state == .reversing:
            reversingBeforeCharge.append(
                .init(step: step, charge: order.charge(attempt: attempt)))
        case .resume:
            resuming.append(.init(step: step, charge: order.charge(attempt: attempt)))
        case .alreadyDone:
            outcomes[step.order] =
                order.status == .declined
                ? StepOutcome.declined(step, attempt, order.payment?.detail ?? "")
                : StepOutcome.charged(step, attempt)
        case .obsolete:
            outcomes[step.order] = .done()
        case .restart:
            outcomes[step.order] = .done(sending: [
                StepMessage(.reserve, order: step.order, attempt: attempt)
            ])
        case .conflict:
            outcomes[step.order] = .retry(
                "the order is \(order.status), its payment \(order.paymentText)")
        case .overtaken:
            outcomes[step.order] = .handedBack
        }
    }

    private mutating func addReversal(_ step: Step, _ order: OrderRow) {
        // A reversal of an earlier charge than the present one is out of date.
        guard let attempt = order.payment?.attempt, attempt == step.message.attempt else {
            outcomes[step.order] = .done()
            return
        }
        switch order.decision(for: step) {
        case .perform, .resume:
            reversing.append(.init(step: step, charge: order.charge(attempt: attempt)))
        case .alreadyDone:
            outcomes[step.order] = StepOutcome.reversed(step, attempt)
        case .obsolete:
            outcomes[step.order] = .done()
        case .restart, .conflict:
            outcomes[step.order] = .retry(
                "the order is \(order.status), its payment \(order.paymentText)")
        case .overtaken:
            outcomes[step.order] = .handedBack
        }
    }
}

extension OrderRow {
    func charge(attempt: UInt32) -> Charge {
        Charge(order: id, attempt: attempt, tenant: tenant, customer: customer, amount: total)
    }
}
