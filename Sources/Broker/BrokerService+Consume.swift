// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SecureTransport
import SegmentLog
import Sessions
import Wire

extension BrokerService {
    func consume(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let consume = try decode(frame, Consume.self)
        let queue = try queue(consume.queue, for: .consume, peer)
        guard peer.subscriptions[consume.subscription] == nil else {
            throw BrokerError(.subscriptionTaken, "subscription \(consume.subscription) is in use")
        }
        guard peer.subscriptions.count < WireLimits.subscriptionCountMax else {
            throw BrokerError(
                .badMessage, "at most \(WireLimits.subscriptionCountMax) subscriptions")
        }
        let subscription = Subscription(
            makeConsumerID(), queue, peer.session, number: consume.subscription)
        peer.subscriptions[consume.subscription] = subscription
        subscriptions[subscription.consumer] = subscription
        peer.session.reply(Consuming(), to: frame.correlation, trace: frame.trace)
        engine.subscribe(
            subscription.consumer, worker: peer.session.peer.name,
            credit: isDraining ? 0 : min(consume.credit, UInt32(WireLimits.creditMax)), to: queue)
    }

    func addCredit(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let credit = try decode(frame, Credit.self)
        // One-way: credit for a subscription that just ended is nobody's fault.
        guard !isDraining, let subscription = peer.subscriptions[credit.subscription] else {
            return
        }
        engine.addCredit(
            min(credit.credit, UInt32(WireLimits.creditMax)), to: subscription.consumer,
            on: subscription.queue)
    }

    func stopConsuming(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let stop = try decode(frame, StopConsuming.self)
        guard let subscription = peer.subscriptions.removeValue(forKey: stop.subscription) else {
            throw BrokerError(.unknownSubscription, "no subscription \(stop.subscription) here")
        }
        end(subscription)
        peer.session.reply(Stopped(), to: frame.correlation, trace: frame.trace)
    }

    /// What the subscription holds is ready again, no attempt burned.
    func end(_ subscription: Subscription) {
        subscriptions[subscription.consumer] = nil
        engine.unsubscribe(subscription.consumer, from: subscription.queue)
    }

    // MARK: - Deliveries

    func deliverNews(_ now: MeshInstant) {
        for queue in engine.takeNews() {
            deliver(from: queue, now)
            depthChanged(queue, now)
        }
    }

    func deliver(from queue: QueueNumber, _ now: MeshInstant) {
        guard !reading.contains(queue) else { return }
        var touched: [Subscription] = []
        let end = engine.deliver(
            from: queue, now: now, isHeld: { memory.holds($0) },
            send: { delivery in
                if touched.last?.consumer != delivery.consumer {
                    guard let subscription = subscriptions[delivery.consumer] else { return }
                    touched.append(subscription)
                }
                guard let subscription = touched.last else { return }
                memory.withEnvelope(delivery.envelope) {
                    subscription.frame.append(delivery, $0)
                }
                if subscription.frame.isFull { subscription.send() }
            })
        for subscription in touched { subscription.send() }
        if case .absent(let position) = end { fetch(position, for: queue) }
    }
}
