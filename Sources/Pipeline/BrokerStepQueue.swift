// SPDX-License-Identifier: MIT
import NIOCore
package import Orders
package import Saga
package import ServiceClients
import Sessions
import Synchronization
import Wire

/// The broker's queues as a stage sees them.
package final class BrokerStepQueue: StepQueue {
    private let client: BrokerClient
    private let state = Mutex<[StageQueue: Subscribed]>([:])

    private struct Subscribed {
        let subscription: BrokerSubscription
        /// The newest batch: what tells the client which connection credit is for.
        var latest: DeliveryBatch?
    }

    package init(_ client: BrokerClient) {
        self.client = client
    }

    package func deliveries(
        from queue: StageQueue, credit: Int
    ) async throws -> BrokerDeliveries {
        let subscription = try await client.consume(
            queue.rawValue, credit: UInt32(clamping: credit))
        state.withLock { $0[queue] = Subscribed(subscription: subscription) }
        return BrokerDeliveries(subscription: subscription) { [weak self] batch in
            self?.state.withLock { $0[queue]?.latest = batch }
        }
    }

    package func stop(_ queue: StageQueue) async {
        guard let subscribed = state.withLock({ $0.removeValue(forKey: queue) }) else { return }
        // Unanswered, it means that the connection is gone and the leases with it.
        do throws(CallError) { try await client.stop(subscribed.subscription) } catch {}
    }

    package func settle(
        _ settlements: [StepSettlement], in queue: StageQueue
    ) async -> [SettleAnswer] {
        do throws(CallError) {
            let results = try await client.settle(
                settlements.map(Settlement.init), in: queue.rawValue)
            return results.map(SettleAnswer.init)
        } catch {
            return settlements.map { _ in SettleAnswer(error) }
        }
    }

    package func done(with deliveries: [StepDelivery], in queue: StageQueue) async {
        guard let subscribed = state.withLock({ $0[queue] }), let latest = subscribed.latest
        else { return }
        let count = deliveries.count { $0.connection == latest.generation }
        client.grant(count, for: latest, of: subscribed.subscription)
    }

    package func extend(
        _ deliveries: [StepDelivery], by duration: Duration, in queue: StageQueue
    ) async {
        await withDiscardingTaskGroup { group in
            for delivery in deliveries {
                group.addTask { [client] in
                    // A lease that cannot be prolonged shows when it is settled: as stale.
                    do throws(CallError) {
                        try await client.extend(
                            sequence: delivery.sequence, token: delivery.token, by: duration,
                            in: queue.rawValue)
                    } catch {}
                }
            }
        }
    }

    package func hasSeen(_ ids: [MessageID], in queue: StageQueue) async -> [Bool]? {
        do throws(CallError) {
            let standings = try await client.standings(of: ids, in: queue.rawValue)
            return standings.map { $0 != .neverSeen }
        } catch {
            return nil
        }
    }
}

/// A subscription's deliveries as steps' deliveries.
package struct BrokerDeliveries: AsyncSequence, Sendable {
    package typealias Element = [StepDelivery]
    package typealias Failure = any Error

    let subscription: BrokerSubscription
    let note: @Sendable (DeliveryBatch) -> Void

    package struct AsyncIterator: AsyncIteratorProtocol {
        var base: BrokerSubscription.AsyncIterator
        let note: @Sendable (DeliveryBatch) -> Void

        package mutating func next() async throws -> [StepDelivery]? {
            guard let batch = try await base.next() else { return nil }
            note(batch)
            return batch.deliveries.map { StepDelivery($0, connection: batch.generation) }
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: subscription.makeAsyncIterator(), note: note)
    }
}
