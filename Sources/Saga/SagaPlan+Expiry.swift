// SPDX-License-Identifier: MIT
package import Orders

extension SagaPlan {
    /// Whether an order that has held its stock for too long may be cancelled.
    ///
    /// Only while nothing of the customer's money is with us or on its way, and nobody can be asking
    /// for it: whatever step still comes finds the order cancelled, and by the table does nothing.
    package static func mayExpire(order: OrderStatus, payment: PaymentState?) -> Bool {
        [.accepted, .reserved].contains(order) && [nil, .reversed, .declined].contains(payment)
    }
}
