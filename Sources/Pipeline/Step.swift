// SPDX-License-Identifier: MIT
package import Orders
package import Saga

/// One piece of work for a stage: a delivery whose body has been understood.
package struct Step: Sendable, Equatable {
    package let delivery: StepDelivery
    package let message: StepMessage

    package init(delivery: StepDelivery, message: StepMessage) {
        self.delivery = delivery
        self.message = message
    }

    package var kind: StepKind { message.kind }
    package var order: OrderID { message.order }
}
