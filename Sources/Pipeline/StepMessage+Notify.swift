// SPDX-License-Identifier: MIT
package import Orders
package import Saga

extension StepMessage {
    /// Tells the customer of `step`'s order that it now has `status`.
    package static func notify(
        _ step: Step, of status: OrderStatus, attempt: UInt32 = 0, detail: String = ""
    ) -> StepMessage {
        StepMessage(.notify, order: step.order, attempt: attempt, status: status, detail: detail)
    }
}
