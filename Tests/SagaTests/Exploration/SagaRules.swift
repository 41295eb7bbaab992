// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What the exploration takes from the product, and what the world outside is like. Tests plant
/// mistakes here and see that they are found.
struct SagaRules: Sendable {
    var decide: @Sendable (StepKind, OrderStatus, PaymentState?) -> SagaDecision = {
        SagaPlan.decide($0, order: $1, payment: $2)
    }
    var mayExpire: @Sendable (OrderStatus, PaymentState?) -> Bool = {
        SagaPlan.mayExpire(order: $0, payment: $1)
    }
    var outputID: @Sendable (MessageID, StepMessage) -> MessageID = {
        OutputID.derive(from: $0, output: $1)
    }
    /// Whether whoever moves the order on leaves the token of his lease there, and nobody begins with
    /// an older one.
    var hasFences = true
    var hasStock = true
    var hasCredit = true
}
