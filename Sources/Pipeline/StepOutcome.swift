// SPDX-License-Identifier: MIT
package import Saga

/// What became of a step, and what is sent on with its settlement, all or nothing.
package struct StepOutcome: Sendable, Equatable {
    /// What the queue is told.
    package enum Verdict: Sendable, Equatable {
        /// Done.
        case acknowledge
        /// Failed: again after the queue's back-off or the time given; the last attempt is followed
        /// by the dead letters.
        case retry(reason: String, after: Duration? = nil)
        /// Failed for good: into the dead letters now.
        case dead(reason: String)
        /// Handed back unharmed; burns no attempt and sends nothing on.
        case release
    }

    package var verdict: Verdict
    /// Queue, id, priority and trace follow from the message and the step.
    package var outputs: [StepMessage]
    /// Whether it failed for a reason that is not the order's own: what the stage stands on failed.
    /// When a whole batch fails so, no attempt is burned, and the stage pauses.
    package var isOfTheStage = false

    package init(_ verdict: Verdict, outputs: [StepMessage] = []) {
        self.verdict = verdict
        self.outputs = outputs
    }

    /// A newer lease has moved the order on; this one is over, or soon gives way to the next.
    package static var handedBack: StepOutcome { StepOutcome(.release) }

    /// Done, and these messages follow.
    package static func done(sending outputs: [StepMessage] = []) -> StepOutcome {
        StepOutcome(.acknowledge, outputs: outputs)
    }

    /// Failed because what the stage stands on failed, as it would for any other order.
    package static func unavailable(_ reason: String) -> StepOutcome {
        var outcome = StepOutcome.retry(reason)
        outcome.isOfTheStage = true
        return outcome
    }

    package static func retry(_ reason: String, after: Duration? = nil) -> StepOutcome {
        StepOutcome(.retry(reason: reason, after: after))
    }
}
