// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

extension NotificationStore.Record {
    /// What is to be kept of one telling. A failure is told to the order's history when it is the
    /// first, and when it is the last.
    ///
    /// - Parameter isGivenUp: nobody tries again.
    init(_ telling: Telling, _ outcome: TellingOutcome, isGivenUp: Bool = false) {
        self.init(
            step: telling.step, message: telling.message, status: telling.fields.status,
            recipient: telling.recipient, attempt: telling.failedCount + 1, outcome: outcome,
            event: Self.event(telling, outcome, isGivenUp))
    }

    /// Nobody is to be told.
    init(toNobody step: Step, _ status: OrderStatus) {
        self.init(
            step: step, message: step.delivery.id, status: status, recipient: nil,
            attempt: Int(step.delivery.attempt), outcome: nil, event: nil)
    }

    private static func event(
        _ telling: Telling, _ outcome: TellingOutcome, _ isGivenUp: Bool
    ) -> String? {
        let what = "\(telling.recipient.channel) to \(telling.recipient.address)"
        switch outcome {
        case .delivered: return "\(what) delivered: \(outcome.text)"
        case .gone: return "\(what) ended: \(outcome.text)"
        case .refused, .unreachable, .impossible, .underWay, .paused, .busy:
            if isGivenUp { return "\(what) given up: \(outcome.text)" }
            // A call that goes on tells its own end.
            guard telling.step.kind == .notify, outcome != .underWay else { return nil }
            return "\(what) is tried again later: \(outcome.text)"
        }
    }
}
