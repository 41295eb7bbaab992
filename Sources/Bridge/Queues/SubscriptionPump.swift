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
    let leases: LeaseTable
    let claimer: Claimer
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
                let claimed = await claimer.claim(
                    message, from: queue, for: lease, subscription: subscription.id)
                if case .delivery(let delivery) = claimed { return Wire.Delivery?.some(delivery) }
                return nil
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
}
