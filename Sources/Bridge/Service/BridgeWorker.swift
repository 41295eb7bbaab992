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

    /// Requests being answered at once: twice as many as there are connections to AWS. The next one is not
    /// begun, so that it is refused, and not done for nobody, when its time passes meanwhile.
    static let answerCountMax = 256

    /// Returns when `jobs` ends and all of them are done.
    func run(_ jobs: AsyncStream<BridgeJob>) async {
        await withTaskGroup(of: BridgeJob.Kind.self) { group in
            // Those that have ended are counted as well until room is needed.
            var answerCount = 0
            for await job in jobs {
                if job.kind == .answer {
                    while answerCount >= Self.answerCountMax, let ended = await group.next() {
                        if ended == .answer { answerCount -= 1 }
                    }
                    answerCount += 1
                }
                group.addTask {
                    await perform(job)
                    return job.kind
                }
            }
        }
    }

    private func perform(_ job: BridgeJob) async {
        switch job {
        case .answer(let request, let peer):
            await reply(to: request) { desk throws(BridgeRefusal) in
                try request.requireTime()
                return try await desk.answer(request.frame, from: peer)
            }
        case .consume(let request, let subscription):
            await consume(request, subscription)
        case .release(let request, let subscription):
            await release(request, subscription)
        case .watch(let request, let queueText, let watch):
            await self.watch(request, queueText, watch)
        }
    }

    private func reply(
        to request: BridgeRequest,
        _ answer: (BridgeDesk) async throws(BridgeRefusal) -> any WireMessage
    ) async {
        do throws(BridgeRefusal) {
            request.reply(try await answer(configured()))
        } catch {
            request.fail(error)
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

    private func consume(_ request: BridgeRequest, _ subscription: Subscription) async {
        var pump: SubscriptionPump?
        await reply(to: request) { desk throws(BridgeRefusal) in
            do throws(BridgeRefusal) {
                try request.requireTime()
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

    /// In time or not: the subscription has stopped already.
    private func release(_ request: BridgeRequest, _ subscription: Subscription) async {
        await reply(to: request) { desk throws(BridgeRefusal) in
            let queue = try await desk.catalog.find(subscription.queueText)
            await desk.settler.release(subscription.id, in: queue)
            return Stopped()
        }
    }

    private func watch(
        _ request: BridgeRequest, _ queueText: String, _ watch: DepthWatch
    ) async {
        await reply(to: request) { desk throws(BridgeRefusal) in
            do throws(BridgeRefusal) {
                try request.requireTime()
                _ = try await desk.catalog.find(queueText)
                return WatchingDepth()
            } catch {
                watch.stop()
                throw error
            }
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
