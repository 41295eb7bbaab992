// SPDX-License-Identifier: MIT
package import Orders
package import Saga

/// What stages need to know of an order, read under its row's lock.
package struct OrderRow: Sendable, Equatable {
    package let id: OrderID
    package let tenant: String
    package let customer: String
    package let status: OrderStatus
    package let total: Money
    package let payment: PaymentRow?
    /// The token of the newest lease under which a stage has moved the order on.
    package let fence: UInt64

    /// What to do with a step of this order, under the lease by which it was delivered.
    ///
    /// `overtaken` when that lease is older than one under which the order was moved on: a stage that
    /// was stopped for so long that others did its work must not begin, since it could not settle.
    package func decision(for step: Step) -> SagaDecision {
        step.delivery.token < fence ? .overtaken : decision(for: step.kind)
    }

    /// What the table says to a step of this order, whoever asks.
    package func decision(for step: StepKind) -> SagaDecision {
        SagaPlan.decide(step, order: status, payment: payment?.state)
    }

    /// For messages to people.
    package var paymentText: String { payment?.state.rawValue ?? "none" }
}

/// The money side of an order.
package struct PaymentRow: Sendable, Equatable {
    package let state: PaymentState
    /// Counts charges: each reversal is followed by the next number.
    package let attempt: UInt32
    package let detail: String
}
