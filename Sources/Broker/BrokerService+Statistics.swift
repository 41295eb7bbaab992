// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SecureTransport
import Sessions
import Wire

extension BrokerService {
    func queueStats(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, QueueStats.self)
        let now = clock.now()
        var statistics: [QueueStatistics] = []
        if request.queue.isEmpty {
            for index in 0..<engine.queueCount {
                let queue = QueueNumber(UInt16(index))
                if peer.may(.inspect, queue, named: engine.name(of: queue), by: policy) {
                    statistics.append(self.statistics(of: queue, now))
                }
            }
        } else {
            let queue = try queue(request.queue, for: .inspect, peer)
            statistics.append(self.statistics(of: queue, now))
        }
        peer.session.reply(
            QueueStatsOK(
                queues: statistics, fsyncsTotal: fsyncCount, recordsTotal: engine.recordCount),
            to: frame.correlation, trace: frame.trace)
    }

    private func statistics(of queue: QueueNumber, _ now: MeshInstant) -> QueueStatistics {
        let depths = engine.depths(of: queue, now: now)
        let rules = engine.policy(of: queue)
        return QueueStatistics(
            queue: engine.name(of: queue).text, ready: depths.ready, leased: depths.leased,
            delayed: depths.delayed, dead: depths.dead, bytes: depths.bytes,
            depthMax: depths.depthMax, publishedTotal: depths.publishedTotal,
            settledTotal: depths.settledTotal, drainPerSecond: depths.drainPerSecond,
            paused: depths.isPaused, leaseMilliseconds: rules.leaseDuration.wireMilliseconds,
            attemptsMax: UInt32(rules.attemptsMax),
            backoffBaseMilliseconds: rules.backoffBase.wireMilliseconds,
            backoffMaxMilliseconds: rules.backoffMax.wireMilliseconds,
            byteDepthMax: rules.byteDepthMax, held: depths.held,
            holdBehindDead: rules.holdsBehindDead)
    }

    func messageStatus(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, MessageStatus.self)
        let queue = try queue(request.queue, for: .inspect, peer)
        let standings = request.ids.map { id in
            switch engine.standing(of: MessageID(id), in: queue) {
            case .neverSeen: Standing.neverSeen
            case .held: Standing.held
            case .settled: Standing.settled
            }
        }
        answer(MessageStatusOK(standings: standings), to: frame, peer)
    }
}
