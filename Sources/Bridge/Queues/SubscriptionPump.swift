// SPDX-License-Identifier: MIT
import AWS
import Daemon
import HTTPCalls
import Logging
import Orders
import QueueState
import Sessions
import Wire

/// Receives from SQS for one subscription, as long as it has credit, and leases what it receives.
struct SubscriptionPump: Sendable {
    let subscription: Subscription
    let queue: BridgedQueue
    let sqs: SQSClient
    let ledger: MessageLedger
    let leases: LeaseTable
    let finisher: Finisher
    let settler: Settler
    let clock: any MeshClock
    let logger: Logger
    /// How long one request to SQS waits for a first message.
    let wait: Duration

    private static let pauseAfterFailure = Duration.seconds(1)

    /// Returns when the subscription has stopped; nothing is on lease to it then.
    func run() async {
        for await _ in subscription.wakeups {
            while subscription.room > 0, !Task.isCancelled { await receive() }
        }
        await settler.release(subscription.id, in: queue)
    }

    private func receive() async {
        let leaseMax = SQSClient.visibilityMax - BridgedQueue.leaseMargin
        let lease = min(queue.policy.leaseDuration, leaseMax)
        do throws(AWSError) {
            let received = try await sqs.receive(
                from: queue.source, countMax: min(subscription.room, SQSClient.batchCountMax),
                visibility: lease + BridgedQueue.leaseMargin, wait: wait)
            leases.dropEnded(now: clock.now())
            guard subscription.isOpen else { return await show(received) }
            let deliveries = await inParallel(received, limit: SQSClient.batchCountMax) { message in
                await delivery(of: message, lease: lease)
            }
            push(deliveries.compactMap { $0 })
        } catch {
            logger.warning(
                "receive failed",
                metadata: .keyed([.queue: "\(queue.name)", .error: "\(error)"]))
            do {
                try await Task.sleep(for: Self.pauseAfterFailure)
            } catch {
                // Cancelled: the loop above ends.
            }
        }
    }

    /// Sends what is on lease; compensations first. After the end, `run` gives it back.
    private func push(_ deliveries: [Wire.Delivery]) {
        guard !deliveries.isEmpty else { return }
        subscription.spend(deliveries.count)
        let first = deliveries.filter { $0.message.priority == .compensation }
        let rest = deliveries.filter { $0.message.priority != .compensation }
        let message = Deliver(subscription: subscription.id.number, deliveries: first + rest)
        subscription.session.perform { [subscription] session in
            if subscription.isOpen { session.push(message) }
        }
    }

    /// Makes messages visible again that nobody looked at.
    private func show(_ received: [ReceivedMessage]) async {
        _ = await sqs.changeVisibility(
            received.map { VisibilityChange(receiptHandle: $0.receiptHandle, visibility: .zero) },
            in: queue.source)
    }

    // MARK: - One message

    /// The delivery that a message becomes; nil when it becomes none.
    private func delivery(of message: ReceivedMessage, lease: Duration) async -> Wire.Delivery? {
        guard let envelope = EnvelopeText.envelope(of: message.body) else {
            await discard(message)
            return nil
        }
        let now = clock.now()
        let due = MeshInstant(milliseconds: envelope.notBeforeMilliseconds)
        if due > now {
            await hide(message, for: due - now)
            return nil
        }
        let claim = MessageLedger.Lease(
            key: MessageKey(queue: queue.name, id: envelope.id), copy: message.id,
            token: leases.makeToken(now: now), end: now + lease,
            attemptsMax: UInt32(queue.policy.attemptsMax))
        do throws(AWSError) {
            return try await delivery(of: message, envelope, claim, now: now)
        } catch {
            // It comes back when SQS shows it again.
            logger.warning(
                "claim failed", metadata: .keyed([.queue: "\(queue.name)", .error: "\(error)"]))
            return nil
        }
    }

    private func delivery(
        of message: ReceivedMessage, _ envelope: Envelope, _ claim: MessageLedger.Lease,
        now: MeshInstant
    ) async throws(AWSError) -> Wire.Delivery? {
        switch try await ledger.claim(claim, now: now) {
        case .leased(let record):
            return deliver(message, envelope, claim, record, now: now)
        case .duplicate:
            _ = await sqs.delete([message.receiptHandle], from: queue.source)
        case .busy(let until):
            await hide(message, for: max(until - now, .seconds(1)))
        case .unfinished(let record):
            await finisher.finish([task(message, claim, record)], in: queue)
        case .exhausted(let record):
            if let dead = try await ledger.bury(claim.key, exhausted: record, now: now) {
                await finisher.finish([task(message, claim, dead)], in: queue)
            }
        }
        return nil
    }

    private func deliver(
        _ message: ReceivedMessage, _ envelope: Envelope, _ claim: MessageLedger.Lease,
        _ record: MessageRecord, now: MeshInstant
    ) -> Wire.Delivery {
        leases.insert(
            HeldLease(
                key: claim.key, token: claim.token, receiptHandle: message.receiptHandle,
                body: message.body, attempt: record.attempts, end: claim.end,
                subscription: subscription.id))
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

    private func hide(_ message: ReceivedMessage, for duration: Duration) async {
        let change = VisibilityChange(receiptHandle: message.receiptHandle, visibility: duration)
        _ = await sqs.changeVisibility([change], in: queue.source)
    }

    /// What is no envelope was not put here by the mesh: to the dead letters, as it is.
    private func discard(_ message: ReceivedMessage) async {
        logger.error(
            "not an envelope; moved to the dead letters",
            metadata: .keyed([.queue: "\(queue.name)", .message: "\(message.id)"]))
        let sent = await sqs.send([OutgoingMessage(body: message.body)], to: queue.deadLetters)
        guard case .success? = sent.first else { return }
        _ = await sqs.delete([message.receiptHandle], from: queue.source)
    }
}
