// SPDX-License-Identifier: MIT
import AWS
import Daemon
import Logging
import Orders
import QueueState
import Sessions
import Wire

/// Does jobs, each in a task of its own: what waits for AWS waits alone.
struct BridgeWorker: Sendable {
    /// Nil when no cloud is configured: every request is refused.
    let desk: BridgeDesk?
    let receiveWait: Duration
    let logger: Logger

    private static let watchInterval = DepthProbe.freshness

    /// Returns when `jobs` ends and all of them are done.
    func run(_ jobs: AsyncStream<BridgeJob>) async {
        await withDiscardingTaskGroup { group in
            for await job in jobs {
                group.addTask { await perform(job) }
            }
        }
    }

    private func perform(_ job: BridgeJob) async {
        switch job {
        case .answer(let frame, let peer, let session):
            await reply(to: frame, on: session) { desk throws(BridgeRefusal) in
                try await desk.answer(frame, from: peer)
            }
        case .consume(let frame, let subscription):
            await consume(frame, subscription)
        case .release(let subscription, let frame):
            await release(subscription, frame)
        case .watch(let frame, let queueText, let watch):
            await self.watch(frame, queueText, watch)
        }
    }

    private func reply(
        to frame: InboundFrame, on session: SessionHandle,
        _ answer: (BridgeDesk) async throws(BridgeRefusal) -> any WireMessage
    ) async {
        do throws(BridgeRefusal) {
            let message = try await answer(configured())
            guard frame.correlation != 0 else { return }
            session.reply(message, to: frame.correlation, trace: frame.trace)
        } catch {
            guard frame.correlation != 0 else { return }
            session.fail(error.reply, to: frame.correlation, trace: frame.trace)
        }
    }

    private func configured() throws(BridgeRefusal) -> BridgeDesk {
        guard let desk else {
            throw BridgeRefusal(
                .unavailable, retryAfter: .seconds(30),
                "no cloud is configured: set aws.region and credentials")
        }
        return desk
    }

    private func consume(_ frame: InboundFrame, _ subscription: Subscription) async {
        var pump: SubscriptionPump?
        await reply(to: frame, on: subscription.session) { desk throws(BridgeRefusal) in
            do throws(BridgeRefusal) {
                let queue = try await desk.catalog.find(subscription.queueText)
                pump = SubscriptionPump(
                    subscription: subscription, queue: queue, desk: desk, wait: receiveWait)
                return Consuming()
            } catch {
                subscription.stop()
                throw error
            }
        }
        await pump?.run()
    }

    private func release(_ subscription: Subscription, _ frame: InboundFrame?) async {
        guard let frame else { return }
        await reply(to: frame, on: subscription.session) { desk throws(BridgeRefusal) in
            let queue = try await desk.catalog.find(subscription.queueText)
            await desk.settler.release(subscription.id, in: queue)
            return Stopped()
        }
    }

    private func watch(
        _ frame: InboundFrame, _ queueText: String, _ watch: DepthWatch
    ) async {
        await reply(to: frame, on: watch.session) { desk throws(BridgeRefusal) in
            _ = try await desk.catalog.find(queueText)
            return WatchingDepth()
        }
        var last: UInt64?
        while !watch.isStopped, !Task.isCancelled, let desk {
            do throws(BridgeRefusal) {
                let queue = try await desk.catalog.find(queueText)
                let depth = try await desk.depths.depth(of: queue.source).total
                if depth != last {
                    watch.session.push(
                        Depth(
                            queue: queueText, depth: depth, depthMax: queue.policy.depthMax,
                            drainPerSecond: 0, paused: false))
                    last = depth
                }
            } catch {
                logger.debug(
                    "depth not known",
                    metadata: .keyed([.queue: "\(queueText)", .error: "\(error.reply.message)"]))
            }
            do {
                try await Task.sleep(for: Self.watchInterval)
            } catch {
                return
            }
        }
    }
}

extension SubscriptionPump {
    init(subscription: Subscription, queue: BridgedQueue, desk: BridgeDesk, wait: Duration) {
        self.init(
            subscription: subscription, queue: queue, sqs: desk.sqs, leases: desk.leases,
            claimer: desk.claimer, settler: desk.settler, clock: desk.clock, logger: desk.logger,
            wait: wait)
    }
}
