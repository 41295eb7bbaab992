// SPDX-License-Identifier: MIT

import Logging
import Orders
import Pipeline
import PostgresStore
import Saga

/// Tells tenants of each change of their orders: by signed webhooks, and by mail.
///
/// A call is made at least once: a daemon that dies between the answer and its record calls again,
/// with the same id. Whoever cannot be told at once gets a message of his own in the queue of
/// retries, which has patience; the queue of changes never waits for anybody.
struct NotificationHandler: StageHandler {
    /// `notification`, or `notificationRetry`: the same work at another pace.
    let queue: StageQueue
    let store: NotificationStore
    let lanes: CallLanes
    let verdicts: TellingVerdicts
    let clock: any MeshClock
    /// How long a batch waits for its calls.
    let patience: Duration
    /// The longest that one call can take.
    let callDurationMax: Duration

    func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] {
        let briefing = try await store.brief(steps)
        var outcomes = [StepOutcome](repeating: .done(), count: steps.count)
        var records: [NotificationStore.Record] = []
        var tellings: [(stepIndex: Int, telling: Telling)] = []
        for (index, step) in steps.enumerated() {
            guard let status = step.message.status else {
                outcomes[index] = StepOutcome(.dead(reason: "no status to tell"))
                continue
            }
            let recipients = briefing.recipients(of: step)
            if recipients.isEmpty {
                if step.kind == .notify { records.append(.init(toNobody: step, status)) }
                continue
            }
            guard let fields = briefing.fields[step.order] else {
                outcomes[index] = StepOutcome(.dead(reason: "no such order"))
                continue
            }
            for recipient in recipients {
                let telling = Telling(step: step, recipient: recipient, fields: fields)
                guard !briefing.hasHeard(telling) else { continue }
                tellings.append((index, telling))
            }
        }
        let ends = await lanes.call(
            tellings.map(\.telling), patience: patience(for: tellings.map(\.telling)))
        for ((index, telling), end) in zip(tellings, ends) {
            let verdict = verdicts.verdict(on: telling, end)
            records.append(.init(telling, end, isGivenUp: verdict.isGivenUp))
            outcomes[index].add(verdict.outcome)
        }
        try await store.keep(records, at: clock.now())
        return outcomes
    }

    /// The last attempt failed for a reason of ours: the order's history says so.
    func givenUp(_ step: Step, reason: String) async throws(PostgresError) -> StepOutcome {
        try await store.note("notification given up: \(reason)", about: step)
        return .retry(reason)
    }

    /// A call that nobody will make again is waited for to its end.
    private func patience(for tellings: [Telling]) -> Duration {
        let isLast = tellings.contains { verdicts.isLast($0) }
        return isLast ? max(patience, callDurationMax + .seconds(1)) : patience
    }
}

extension StepOutcome {
    /// A step that tells several recipients is done, and what each of them still needs goes on.
    fileprivate mutating func add(_ other: StepOutcome) {
        if other.verdict != .acknowledge { verdict = other.verdict }
        outputs += other.outputs
    }
}

extension NotificationStore.Briefing {
    /// All of the tenant's, or the one that the step names, if he is still there.
    fileprivate func recipients(of step: Step) -> [Recipient] {
        let all = recipients[step.delivery.tenant, default: []]
        guard step.kind == .tell else { return all }
        return all.filter { $0.address == step.message.notice?.recipient }
    }

    fileprivate func hasHeard(_ telling: Telling) -> Bool {
        delivered.contains(.init(message: telling.message, address: telling.recipient.address))
    }
}
