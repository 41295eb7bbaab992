// SPDX-License-Identifier: MIT
import AWS
import HTTPCalls
import Orders
import QueueState
import Sessions
import Wire

/// Ends deliveries: the verdict and its outputs first in the ledger, as one write, then in SQS.
struct Settler: Sendable {
    let catalog: QueueCatalog
    let leases: LeaseTable
    let ledger: MessageLedger
    let finisher: Finisher
    let depths: DepthProbe
    let clock: any MeshClock

    /// One ending for each settlement, in the order given.
    func settle(
        _ settlements: [Settlement], in queue: BridgedQueue, worker: String
    ) async -> [EndedLease] {
        let outcomes = await inParallel(settlements, limit: Publisher.parallelMax) { settlement in
            await Result { () async throws(BridgeRefusal) in
                try await commit(settlement, in: queue, worker: worker)
            }
        }
        let over = await finisher.finish(
            outcomes.compactMap { outcome in
                if case .success(let task) = outcome { return task }
                return nil
            }, in: queue)
        return outcomes.map { outcome in
            switch outcome {
            case .success(let task):
                EndedLease(result: .done, isOver: over.contains(task.receiptHandle))
            case .failure(let refusal):
                EndedLease(result: SettleResult(refusal.reply), isOver: false)
            }
        }
    }

    /// Gives back what a subscription holds; no attempt is burned.
    func release(_ subscription: SubscriptionID, in queue: BridgedQueue) async {
        let held = leases.takeAll(of: subscription)
        let now = clock.now()
        let tasks = await inParallel(held, limit: Publisher.parallelMax) { lease in
            await Result { () async throws(AWSError) in
                try await ledger.settle(
                    lease.key, token: lease.token, .release, outputs: [], now: now
                ).map { EndedDelivery(lease, $0) }
            }
        }
        // What could not be given back comes back when its lease ends.
        await finisher.finish(
            tasks.compactMap { outcome in
                if case .success(let task) = outcome { return task }
                return nil
            }, in: queue)
    }

    private func commit(
        _ settlement: Settlement, in queue: BridgedQueue, worker: String
    ) async throws(BridgeRefusal) -> EndedDelivery {
        let now = clock.now()
        let stale = BridgeRefusal(.staleLease, "the lease of \(settlement.sequence) has ended")
        guard
            let lease = leases.lease(
                queue.name, sequence: settlement.sequence, token: settlement.token, now: now)
        else { throw stale }
        let outputs = try await admit(settlement.outputs, now: now)
        let verdict = verdict(of: settlement, lease: lease, queue: queue, worker: worker, now: now)
        let record = try await refusing { () throws(AWSError) in
            try await ledger.settle(
                lease.key, token: lease.token, verdict, outputs: outputs, now: now)
        }
        leases.remove(lease)
        guard let record else { throw stale }
        return EndedDelivery(lease, record)
    }

    /// The outputs as they are stored; refused when a queue of theirs would refuse them.
    private func admit(
        _ outputs: [Output], now: MeshInstant
    ) async throws(BridgeRefusal) -> [StoredOutput] {
        var stored: [StoredOutput] = []
        var byteCount = 0
        for output in outputs {
            let queue = try await catalog.find(output.queue)
            if output.message.priority != .compensation { try await depths.admit(1, to: queue) }
            let message = StoredOutput(output.delayed(from: now), to: queue.name)
            byteCount += message.body.utf8.count
            stored.append(message)
        }
        guard byteCount <= EnvelopeText.byteCountMax else {
            throw BridgeRefusal(
                .messageTooLarge,
                "outputs of \(byteCount) bytes, at most \(EnvelopeText.byteCountMax) in the bridge")
        }
        return stored
    }

    private func verdict(
        of settlement: Settlement, lease: HeldLease, queue: BridgedQueue, worker: String,
        now: MeshInstant
    ) -> MessageLedger.Verdict {
        let attempt = StoredAttempt(at: now, worker: worker, error: settlement.reason)
        switch settlement.verdict {
        case .ack: return .ack
        case .release: return .release
        case .dead: return .dead(reason: settlement.reason, attempt)
        case .retry:
            if lease.attempt >= queue.policy.attemptsMax {
                return .dead(reason: settlement.reason, attempt)
            }
            let asked = Duration.milliseconds(Int64(settlement.retryAfterMilliseconds))
            let wait =
                asked > .zero
                ? asked
                : queue.policy.backoff(
                    afterAttempt: UInt8(clamping: lease.attempt), random: .random(in: 0 ... .max))
            return .retry(due: now + wait, attempt)
        }
    }
}

extension Output {
    /// The message, not before its delay has passed since `now`: a time of the bridge's own clock.
    fileprivate func delayed(from now: MeshInstant) -> Envelope {
        guard delayMilliseconds > 0 else { return message }
        var delayed = message
        let due = now + .milliseconds(delayMilliseconds)
        delayed.notBeforeMilliseconds = max(message.notBeforeMilliseconds, due.milliseconds)
        return delayed
    }
}

extension StoredOutput {
    init(_ envelope: Envelope, to queue: QueueName) {
        self.init(
            key: MessageKey(queue: queue, id: envelope.id),
            body: EnvelopeText.text(of: envelope),
            notBefore: MeshInstant(milliseconds: envelope.notBeforeMilliseconds))
    }
}
