// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SecureTransport
import Sessions
import Wire

extension BrokerService {
    /// Not more often than that: [protocol/broker.md, WATCH_DEPTH].
    private static let depthInterval = TimeAmount.milliseconds(50)

    func watchDepth(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, WatchDepth.self)
        let queue = try queue(request.queue, for: .inspect, peer)
        peer.session.reply(WatchingDepth(), to: frame.correlation, trace: frame.trace)
        peer.watched[queue] = .some(nil)
        pushDepth(queue)
    }

    /// Tells those who watch, soon.
    func depthChanged(_ queue: QueueNumber, _ now: MeshInstant) {
        guard !depthTimers.contains(queue),
            sessions.values.contains(where: { $0.watched.keys.contains(queue) })
        else { return }
        depthTimers.insert(queue)
        eventLoop.assumeIsolated().scheduleTask(in: Self.depthInterval) {
            self.depthTimers.remove(queue)
            self.pushDepth(queue)
        }
    }

    private func pushDepth(_ queue: QueueNumber) {
        let depths = engine.depths(of: queue, now: clock.now())
        let news = BrokerSession.ToldDepth(
            depth: engine.depth(of: queue), isPaused: depths.isPaused)
        for peer in sessions.values {
            guard let told = peer.watched[queue], told != news else { continue }
            peer.watched[queue] = news
            peer.session.push(
                Depth(
                    queue: engine.name(of: queue).text, depth: news.depth,
                    depthMax: depths.depthMax, drainPerSecond: depths.drainPerSecond,
                    paused: news.isPaused))
        }
    }
}
