// SPDX-License-Identifier: MIT
package import Orders

/// Where an order stands, as the database has it.
package struct OrderStanding: Sendable, Equatable {
    /// The money side of it.
    package struct Payment: Sendable, Equatable {
        package let state: PaymentState
        /// Which charge of the order, from 1.
        package let attempt: UInt32
        package let amount: Money

        package init(state: PaymentState, attempt: UInt32, amount: Money) {
            self.state = state
            self.attempt = attempt
            self.amount = amount
        }
    }

    package let status: OrderStatus
    package let total: Money
    /// Nil when it was never charged.
    package let payment: Payment?
    /// Pieces that are reserved for it, and pieces that have left the house.
    package let heldCount: Int64
    package let shippedCount: Int64

    package init(
        status: OrderStatus, total: Money, payment: Payment?, heldCount: Int64, shippedCount: Int64
    ) {
        self.status = status
        self.total = total
        self.payment = payment
        self.heldCount = heldCount
        self.shippedCount = shippedCount
    }
}
