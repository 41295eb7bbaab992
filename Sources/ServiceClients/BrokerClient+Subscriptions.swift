// SPDX-License-Identifier: MIT
package import Sessions
import Synchronization
import Wire

extension BrokerClient {
    /// Takes deliveries from `queue`, at most `credit` of them unsettled at a time.
    ///
    /// The subscription outlives the connection: it is made again with the next one. What was on
    /// lease before is then delivered again, to whoever comes first.
    ///
    /// - Throws: when the broker refuses the subscription.
    package func consume(
        _ queue: String, credit: UInt32
    ) async throws(CallError) -> BrokerSubscription {
        let subscription = subscriptions.withLock { $0.add(queue, credit: credit) }
        do {
            let _: Consuming = try await connection.call(
                Consume(queue: queue, subscription: subscription.number, credit: credit),
                deadline: deadline
            ) { [weak self] _ in
                self?.subscriptions.withLock { $0.answered(subscription.number) }
            }
        } catch {
            guard !isSubscribed(despite: error) else { return subscription }
            subscriptions.withLock { $0.remove(subscription.number) }
            throw error
        }
        return subscription
    }

    /// Ends a subscription; what it still has on lease is released, no attempt burned.
    package func stop(_ subscription: BrokerSubscription) async throws(CallError) {
        subscriptions.withLock { $0.remove(subscription.number) }
        let _: Stopped = try await call(StopConsuming(subscription: subscription.number))
    }

    /// Whether the batch came on the connection that stands now. The leases of another are over: to
    /// settle them is in vain.
    package func isCurrent(_ batch: DeliveryBatch) -> Bool {
        subscriptions.withLock { $0.generation == batch.generation }
    }

    /// Gives room for as many further deliveries as were settled from `batch`.
    ///
    /// Deliveries of a connection that is gone give none: the new one began with full credit.
    package func grant(
        _ count: Int, for batch: DeliveryBatch, of subscription: BrokerSubscription
    ) {
        guard isCurrent(batch), count > 0 else { return }
        connection.send(
            Credit(subscription: subscription.number, credit: UInt32(clamping: count)))
    }

    // MARK: - Called on the event loop

    func delivered(_ frame: InboundFrame) {
        do throws(WireError) {
            let message = try frame.decode(Deliver.self)
            subscriptions.withLock { $0.deliver(message) }
        } catch {
            // The broker breaks the protocol: what it thinks delivered comes back when leases end.
            subscriptions.withLock { $0.fail(CallError(.badMessage, message: "\(error)")) }
        }
    }

    func depthChanged(_ frame: InboundFrame) {
        guard let depth = try? frame.decode(Depth.self) else { return }  // The next one will do.
        let handler = depthWatches.withLock { $0[depth.queue] }
        handler?(depth)
    }

    func subscribeAgain() {
        let active = subscriptions.withLock { $0.renew() }
        for subscription in active {
            connection.submit(
                Consume(
                    queue: subscription.queue, subscription: subscription.number,
                    credit: subscription.credit),
                answer: Consuming.self, deadline: deadline
            ) { [weak self] result in
                guard let self else { return }
                subscriptions.withLock { $0.answered(subscription.number) }
                guard case .failure(let error) = result, !isSubscribed(despite: error)
                else { return }
                subscriptions.withLock { $0.fail(subscription.number, error) }
            }
        }
        for queue in depthWatches.withLock({ Array($0.keys) }) { requestDepth(of: queue) }
    }

    /// Whether the subscription stands, or will with the next connection, though asking for it failed.
    private func isSubscribed(despite error: CallError) -> Bool {
        error.code == .notConnected || error.effect == .maybeApplied
    }

    func requestDepth(of queue: String) {
        connection.submit(
            WatchDepth(queue: queue), answer: WatchingDepth.self, deadline: deadline
        ) { _ in }  // Unanswered: asked again with the next connection.
    }
}
