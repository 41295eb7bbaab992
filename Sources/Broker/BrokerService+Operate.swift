// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SecureTransport
import SegmentLog
import Sessions
import Wire

extension BrokerService {
    func declare(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let declare = try decode(frame, Declare.self)
        guard policy.verbs(of: peer.session.peer, on: declare.queue).contains(.operate) else {
            throw .notPermitted
        }
        guard let name = QueueName(declare.queue),
            let attemptsMax = UInt8(exactly: declare.attemptsMax)
        else { throw BrokerError(.badQueue, "the name or the attempts are out of range") }
        let policy = QueuePolicy(
            leaseDuration: .milliseconds(declare.leaseMilliseconds), attemptsMax: attemptsMax,
            backoffBase: .milliseconds(declare.backoffBaseMilliseconds),
            backoffMax: .milliseconds(declare.backoffMaxMilliseconds),
            depthMax: declare.depthMax, byteDepthMax: declare.byteDepthMax)
        do {
            _ = try engine.declare(name, policy)
        } catch {
            throw BrokerError(.badQueue, BrokerError(error).reply.message)
        }
        answer(Declared(), to: frame, peer)
    }

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
        return QueueStatistics(
            queue: engine.name(of: queue).text, ready: depths.ready, leased: depths.leased,
            delayed: depths.delayed, dead: depths.dead, bytes: depths.bytes,
            depthMax: depths.depthMax, publishedTotal: depths.publishedTotal,
            settledTotal: depths.settledTotal, drainPerSecond: depths.drainPerSecond)
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

    func redrive(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Redrive.self)
        let queue = try queue(request.queue, for: .operate, peer)
        let count = engine.redrive(
            request.sequences.map(MessageSequence.init),
            limit: request.limit == 0 ? .max : Int(request.limit), on: queue,
            who: "\(peer.session.peer.name): \(request.who)", why: request.why, now: clock.now())
        answer(Redriven(count: UInt32(count)), to: frame, peer)
    }

    // MARK: - Dead letters

    /// A page of dead letters is small enough for one frame, whatever they hold.
    private static let deadLetterCountMax = 256
    private static let deadLetterByteCountMax = 8 << 20

    func deadLetters(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, DeadLetters.self)
        let queue = try queue(request.queue, for: .operate, peer)
        let page = page(
            engine.deadMessages(
                in: queue, after: MessageSequence(request.after),
                limit: min(Int(request.limit), Self.deadLetterCountMax)))
        let absent = page.map(\.envelope.position).filter { !memory.holds($0) }
        guard !absent.isEmpty else { return answer(page, absent: [], to: frame, peer.session) }
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        let session = NIOLoopBound(peer.session, eventLoop: eventLoop)
        disk.read(absent, byteCount: 4096, limit: readLimit) { result in
            switch result {
            case .success(let excerpts):
                service.value.answer(page, absent: excerpts, to: frame, session.value)
            case .failure(let error): service.value.fail(error)
            }
        }
    }

    private func page(_ dead: [DeadMessage]) -> [DeadMessage] {
        var byteCount = 0
        return dead.prefix { message in
            byteCount += message.envelope.byteCount
            return byteCount <= Self.deadLetterByteCountMax
                || byteCount == message.envelope.byteCount
        }
    }

    private func answer(
        _ page: [DeadMessage], absent: [LogExcerpt], to frame: InboundFrame,
        _ session: ServerSession
    ) {
        let letters = page.compactMap { message -> DeadLetter? in
            let place = message.envelope
            let bytes =
                memory.withEnvelope(place) { ByteBuffer(bytes: $0) }
                ?? absent.lazy.compactMap { excerpt in
                    excerpt.withBytes(at: place.position) {
                        ByteBuffer(bytes: $0[place.delta..<place.delta + place.byteCount])
                    }
                }.first
            guard let bytes else { return nil }
            var reader = WireReader(bytes)
            guard let envelope = try? Envelope(from: &reader) else { return nil }
            return DeadLetter(
                sequence: message.sequence.rawValue,
                deadMilliseconds: message.death.at.milliseconds, reason: message.death.reason,
                attempts: message.attempts.map {
                    Attempt(
                        atMilliseconds: $0.at.milliseconds, worker: $0.worker, error: $0.error)
                },
                message: envelope)
        }
        session.reply(DeadLettersOK(letters: letters), to: frame.correlation, trace: frame.trace)
    }

    // MARK: - Depth

    /// Not more often than that: [protocol/broker.md, WATCH_DEPTH].
    private static let depthInterval = TimeAmount.milliseconds(50)

    func watchDepth(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, WatchDepth.self)
        let queue = try queue(request.queue, for: .inspect, peer)
        peer.session.reply(WatchingDepth(), to: frame.correlation, trace: frame.trace)
        peer.watched[queue] = .max
        pushDepth(queue)
    }

    /// Tells those who watch, soon.
    func depthChanged(_ queue: QueueNumber, _ now: MeshInstant) {
        guard !depthTimers.contains(queue),
            sessions.values.contains(where: { $0.watched[queue] != nil })
        else { return }
        depthTimers.insert(queue)
        eventLoop.assumeIsolated().scheduleTask(in: Self.depthInterval) {
            self.depthTimers.remove(queue)
            self.pushDepth(queue)
        }
    }

    private func pushDepth(_ queue: QueueNumber) {
        let depth = engine.depth(of: queue)
        let depths = engine.depths(of: queue, now: clock.now())
        for peer in sessions.values {
            guard let told = peer.watched[queue], told != depth else { continue }
            peer.watched[queue] = depth
            peer.session.push(
                Depth(
                    queue: engine.name(of: queue).text, depth: depth, depthMax: depths.depthMax,
                    drainPerSecond: depths.drainPerSecond))
        }
    }
}
