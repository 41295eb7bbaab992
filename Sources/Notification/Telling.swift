// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

/// One thing to tell one recipient.
struct Telling: Sendable {
    let step: Step
    let recipient: Recipient
    let fields: WebhookMessage.Fields

    /// The message of kind `notify`: the same whenever this is told, so that repeats are known.
    var message: MessageID { step.message.notice?.message ?? step.delivery.id }

    /// Calls that failed before this one.
    var failedCount: Int {
        guard step.kind == .tell else { return 0 }
        return Int(step.message.attempt) + Int(step.delivery.attempt) - 1
    }
}
