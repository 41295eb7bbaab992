// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

/// What follows from each end of a step, now and whenever it is handled again.
extension StepOutcome {
    static func charged(_ step: Step, _ attempt: UInt32) -> StepOutcome {
        .done(sending: [
            StepMessage(.fulfil, order: step.order, attempt: attempt),
            .notify(step, of: .charged, attempt: attempt),
        ])
    }

    static func declined(_ step: Step, _ attempt: UInt32, _ reason: String) -> StepOutcome {
        .done(sending: [
            StepMessage(.release, order: step.order, attempt: attempt),
            .notify(step, of: .declined, attempt: attempt, detail: reason),
        ])
    }

    static func reversed(_ step: Step, _ attempt: UInt32) -> StepOutcome {
        .done(sending: deadOutputs(step, attempt, "fulfillment failed, the charge was given back"))
    }

    static func deadOutputs(_ step: Step, _ attempt: UInt32, _ reason: String) -> [StepMessage] {
        [
            StepMessage(.release, order: step.order, attempt: attempt),
            .notify(step, of: .dead, attempt: attempt, detail: reason),
        ]
    }
}
