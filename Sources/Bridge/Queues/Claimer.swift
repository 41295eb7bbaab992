// SPDX-License-Identifier: MIT
import AWS
import Daemon
import Logging
import Orders
import QueueState
import Wire

/// Makes deliveries of what SQS hands out, and completes what turns out to be over.
struct Claimer: Sendable {
    let sqs: SQSClient
    let ledger: MessageLedger
    let leases: LeaseTable
    let finisher: Finisher
    let clock: any MeshClock
    let logger: Logger

    /// Leases one message, if it is there to be leased.
    ///
    /// - Parameter lease: how long from now.
    func claim(
        _ message: ReceivedMessage, from queue: BridgedQueue, for lease: Duration,
        subscription: SubscriptionID
    ) async -> ClaimedMessage {
        guard let envelope = EnvelopeText.envelope(of: message.body) else {
            return await discard(message, queue)
        }
        let now = clock.now()
        let due = MeshInstant(milliseconds: envelope.notBeforeMilliseconds)
        if due > now { return await hide(message, for: due - now, queue) }
        let claim = MessageLedger.Lease(
            key: MessageKey(queue: queue.name, id: envelope.id), copy: message.id,
            token: leases.makeToken(now: now), end: now + lease,
            attemptsMax: UInt32(queue.policy.attemptsMax))
        do throws(AWSError) {
            switch try await ledger.claim(claim, now: now) {
            case .leased(let record):
                return .delivery(deliver(message, envelope, claim, record, subscription, now))
            case .duplicate:
                return await finisher.delete([message.receiptHandle], from: queue).isEmpty
                    ? .left : .over
            case .busy(let until):
                return await hide(message, for: max(until - now, .seconds(1)), queue)
            case .unfinished(let record):
                return await finish(task(message, claim, record), in: queue)
            case .exhausted(let record):
                let dead = try await ledger.bury(claim.key, exhausted: record, now: now)
                guard let dead else { return .left }
                return await finish(task(message, claim, dead), in: queue)
            }
        } catch {
            // It comes back when SQS shows it again.
            logger.warning(
                "claim failed", metadata: .keyed([.queue: "\(queue.name)", .error: "\(error)"]))
            return .left
        }
    }

    private func deliver(
        _ message: ReceivedMessage, _ envelope: Envelope, _ claim: MessageLedger.Lease,
        _ record: MessageRecord, _ subscription: SubscriptionID, _ now: MeshInstant
    ) -> Wire.Delivery {
        leases.insert(
            HeldLease(
                key: claim.key, token: claim.token, receiptHandle: message.receiptHandle,
                body: message.body, attempt: record.attempts, end: claim.end,
                subscription: subscription))
        return Wire.Delivery(
            sequence: claim.key.sequence, token: claim.token, attempt: record.attempts,
            attemptsMax: claim.attemptsMax, acquired: record.acquired,
            leaseMilliseconds: UInt32(clamping: (claim.end - now).wholeMilliseconds),
            publishedMilliseconds: message.sentMilliseconds, message: envelope)
    }

    private func task(
        _ message: ReceivedMessage, _ claim: MessageLedger.Lease, _ record: MessageRecord
    ) -> EndedDelivery {
        EndedDelivery(
            key: claim.key, record: record, receiptHandle: message.receiptHandle,
            body: message.body)
    }

    private func finish(_ task: EndedDelivery, in queue: BridgedQueue) async -> ClaimedMessage {
        await finisher.finish([task], in: queue).isEmpty ? .left : .over
    }

    private func hide(
        _ message: ReceivedMessage, for duration: Duration, _ queue: BridgedQueue
    ) async -> ClaimedMessage {
        let change = VisibilityChange(receiptHandle: message.receiptHandle, visibility: duration)
        _ = await sqs.changeVisibility([change], in: queue.source)
        return .left
    }

    /// What is no envelope was not put here by the mesh: to the dead letters, as it is.
    private func discard(_ message: ReceivedMessage, _ queue: BridgedQueue) async -> ClaimedMessage
    {
        logger.error(
            "not an envelope; moved to the dead letters",
            metadata: .keyed([.queue: "\(queue.name)", .message: "\(message.id)"]))
        let sent = await sqs.send([OutgoingMessage(body: message.body)], to: queue.deadLetters)
        guard case .success? = sent.first else { return .left }
        return await finisher.delete([message.receiptHandle], from: queue).isEmpty ? .left : .over
    }
}
