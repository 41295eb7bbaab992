// SPDX-License-Identifier: MIT
import Orders

/// What a consumer says of a message it leased. Valid for one call.
package struct SettlementRequest {
    package enum Verdict: Equatable, Sendable {
        /// Done: the message is gone.
        case acknowledge
        /// Failed: again after the back-off, or after the time given; dead after the last attempt.
        case retry(after: Duration?)
        /// Handed back unharmed: ready again, no attempt burned.
        case release
        /// Failed for good.
        case dead
    }

    package let sequence: MessageSequence
    package let token: LeaseToken
    package let verdict: Verdict
    /// Why it failed.
    package let reason: String
    /// Published together with the settlement, or not at all.
    package let outputs: [(queue: QueueNumber, message: OfferedMessage)]

    package init(
        sequence: MessageSequence, token: LeaseToken, verdict: Verdict, reason: String = "",
        outputs: [(queue: QueueNumber, message: OfferedMessage)] = []
    ) {
        self.sequence = sequence
        self.token = token
        self.verdict = verdict
        self.reason = reason
        self.outputs = outputs
    }
}

/// What becomes of a message once its settlement is durable.
enum SettlementOutcome: Equatable {
    case acknowledged
    case retried(due: MeshInstant, FailedAttempt)
    case dead(FailedAttempt, reason: String)
}
