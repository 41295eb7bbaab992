// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga

/// Decides what becomes of a recipient once it is known how it went. Pure, but for its dice.
struct TellingVerdicts: Sendable {
    struct Verdict: Equatable {
        var outcome: StepOutcome
        /// The dead letters: nobody tries again by himself.
        var isGivenUp = false
    }

    let schedule: RetrySchedule
    /// When one that was only busy is tried again.
    static let busyPause = Duration.seconds(5)
    let random: @Sendable () -> UInt64

    init(
        schedule: RetrySchedule,
        random: @escaping @Sendable () -> UInt64 = { .random(in: 0...UInt64.max) }
    ) {
        self.schedule = schedule
        self.random = random
    }

    /// Whether the recipient is given up when this call fails.
    func isLast(_ telling: Telling) -> Bool {
        telling.step.kind == .tell
            && (telling.failedCount >= schedule.waits.count || telling.step.delivery.isLastAttempt)
    }

    func verdict(on telling: Telling, _ end: TellingOutcome) -> Verdict {
        switch end {
        case .delivered, .gone: return Verdict(outcome: .done())
        case .busy: return handOn(telling, failedCount: telling.failedCount, Self.busyPause)
        case .impossible where telling.step.kind == .tell: return givenUp(telling, end)
        // The queue of retries is where dead letters of one recipient alone lie.
        case .impossible: return handOn(telling, failedCount: 0, .zero)
        // Nobody has called, so nothing has failed yet.
        case .paused(let wait) where telling.step.kind == .notify:
            return handOn(telling, failedCount: 0, wait)
        case .refused(_, let asked): return failed(telling, end, asked: asked)
        // An open breaker answers in the receiver's place: the call would have failed.
        case .paused(let left): return failed(telling, end, asked: left)
        case .unreachable, .underWay: return failed(telling, end, asked: nil)
        }
    }

    private func failed(
        _ telling: Telling, _ end: TellingOutcome, asked: Duration?
    ) -> Verdict {
        guard !isLast(telling),
            let wait = schedule.wait(
                afterFailed: telling.failedCount + 1, asked: asked, random: random())
        else { return givenUp(telling, end) }
        if telling.step.kind == .notify { return handOn(telling, failedCount: 1, wait) }
        return Verdict(outcome: .retry(end.text, after: wait))
    }

    private func givenUp(_ telling: Telling, _ end: TellingOutcome) -> Verdict {
        Verdict(
            outcome: StepOutcome(.dead(reason: "\(telling.recipient.address): \(end.text)")),
            isGivenUp: true)
    }

    private func handOn(
        _ telling: Telling, failedCount: Int, _ delay: Duration
    ) -> Verdict {
        let address = telling.recipient.address
        guard let notice = Notice(telling.message, to: address, delay: delay) else {
            return Verdict(
                outcome: StepOutcome(.dead(reason: "a recipient's address is too long")),
                isGivenUp: true)
        }
        let step = telling.step
        return Verdict(
            outcome: .done(sending: [
                StepMessage(
                    .tell, order: step.order, attempt: UInt32(clamping: failedCount),
                    status: step.message.status, detail: step.message.detail, notice: notice)
            ]))
    }
}
