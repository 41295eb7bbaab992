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

    /// What to do with a step of this order.
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
