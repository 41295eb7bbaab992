// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What the exploration takes from the product, and what the world outside is like. Tests plant
/// mistakes here and see that they are found.
struct SagaRules: Sendable {
    var decide: @Sendable (StepKind, OrderStatus, PaymentState?) -> SagaDecision = {
        SagaPlan.decide($0, order: $1, payment: $2)
    }
    var outputID: @Sendable (MessageID, StepMessage) -> MessageID = {
        OutputID.derive(from: $0, output: $1)
    }
    /// Whether a stage refuses to begin with an older lease than one by which the order was worked on.
    /// It does not yet: see `docs/saga.md`.
    var hasFences = false
    var hasStock = true
    var hasCredit = true
}
