// SPDX-License-Identifier: MIT
import Logging
import NIOCore
import Orders
import QueueState
import SegmentLog
package import Sessions
import Wire

/// The broker: turns frames into requests of the engine, and what becomes durable into answers.
///
/// Confined to its event loop, which owns the queues, the log's unwritten end and all sessions. One
/// write to the disk is under way at a time; what arrives meanwhile goes with the next.
package final class BrokerService: FrameService {
    let eventLoop: any EventLoop
    let clock: any MeshClock
    let disk: BrokerDisk
    let policy: AccessPolicy
    let log: Logger
    var engine: QueueEngine
    var memory: BodyMemory
    var sessions: [UInt64: BrokerSession] = [:]
    var subscriptions: [ConsumerID: Subscription] = [:]
    /// Those with answers that wait for something to be durable.
    var awaiting: [BrokerSession] = []
    var isWriting = false
    var inlineWriting: InlineWriting
    /// Set by the first error of the disk: the end of this process.
    private(set) var hasFailed = false
    var fsyncCount: UInt64 = 0
    /// Where the durable part of the log ends.
    var durableEnd = LogPosition(segment: SegmentNumber(0), offset: 0)
    var reading: Set<QueueNumber> = []
    /// The answer being made to a SETTLE.
    var settled = SettledFrame()
    /// Queues whose watchers are to be told in a moment.
    var depthTimers: Set<QueueNumber> = []
    /// Spare segments that the disk is making.
    var pendingSpareCount = 0
    var isRemovingSnapshots = false
    /// Messages that are to be moved to the end of the log.
    var rewriting: ArraySlice<Straggler> = []
    var isReadingStragglers = false
    var nextSpare: UInt64 = 1
    var isDraining = false
    var random: any RandomNumberGenerator
    private let onFailure: (LogError) -> Void
    private var nextConsumer: UInt64 = 1
    private var isTurnScheduled = false
    /// The time of this turn of the event loop, once somebody asked for it.
    private var turnTime: MeshInstant?
    private var alarm: (time: MeshInstant, task: Scheduled<Void>)?
    private var lastSession: BrokerSession?
    private var lastQueue: (name: [UInt8], number: QueueNumber)?

    /// - Parameter onFailure: called once, when the disk failed and the process must end.
    init(
        engine: consuming QueueEngine, memory: consuming BodyMemory, disk: BrokerDisk,
        inlineWriting: InlineWriting, policy: AccessPolicy, clock: any MeshClock,
        random: any RandomNumberGenerator, log: Logger,
        eventLoop: any EventLoop, onFailure: @escaping (LogError) -> Void
    ) {
        self.engine = engine
        self.memory = memory
        self.disk = disk
        self.inlineWriting = inlineWriting
        self.policy = policy
        self.clock = clock
        self.random = random
        self.log = log
        self.eventLoop = eventLoop
        self.onFailure = onFailure
    }

    /// Declares the queues of the configuration and makes this start durable.
    func start(_ queues: [(name: QueueName, policy: QueuePolicy)]) throws {
        for (queue, policy) in queues { _ = try engine.declare(queue, policy) }
        nextSpare = engine.spareIndexNext
        turn()
        // What tries again when the disk was full.
        if engine.isDiskFull { makeSpare() }
        keepSegments()
    }

    // MARK: - FrameService

    package func opened(_ session: ServerSession) {
        sessions[session.id] = BrokerSession(session)
    }

    package func received(_ frame: InboundFrame, on session: ServerSession) {
        guard let peer = state(of: session) else { return }
        guard !hasFailed else {
            return session.refuse(frame, .storageFailed, "the disk failed; recovering")
        }
        do throws(BrokerError) {
            try serve(frame, peer)
        } catch {
            if frame.correlation != 0 {
                session.fail(error.reply, to: frame.correlation, trace: frame.trace)
            }
        }
    }

    package func anticipated(_ frame: InboundFrame) {
        guard frame.opcode == Opcode.publish.rawValue, let lastQueue else { return }
        frame.body.withUnsafeReadableBytes { body in
            guard let (queue, id) = BrokerFrames.publishedID(body),
                queue.elementsEqual(lastQueue.name)
            else { return }
            engine.anticipate(id, in: lastQueue.number)
        }
    }

    private func serve(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        switch frame.kind {
        case .publish: try publish(frame, peer)
        case .settle: try settle(frame, peer)
        case .credit: try addCredit(frame, peer)
        case .publishBatch: try publishBatch(frame, peer)
        case .consume: try consume(frame, peer)
        case .stopConsuming: try stopConsuming(frame, peer)
        case .extend: try extend(frame, peer)
        case .declare: try declare(frame, peer)
        case .queueStats: try queueStats(frame, peer)
        case .messageStatus: try messageStatus(frame, peer)
        case .deadLetters: try deadLetters(frame, peer)
        case .redrive: try redrive(frame, peer)
        case .watchDepth: try watchDepth(frame, peer)
        case .pause: try pause(frame, peer)
        case .resume: try resume(frame, peer)
        case .purge: try purge(frame, peer)
        case .setWeights: try setWeights(frame, peer)
        case .getWeights: try getWeights(frame, peer)
        case .audit: try audit(frame, peer)
        default:
            throw BrokerError(.unsupported, "opcode \(frame.opcode) is not for brokers")
        }
    }

    /// All sessions that the event loop finds readable in one turn make one batch.
    package func burstEnded(on session: ServerSession) { scheduleTurn() }

    package func draining(_ session: ServerSession) {
        if !isDraining {
            isDraining = true
            engine.stopDelivering()
        }
    }

    package func closed(_ session: ServerSession) {
        if lastSession?.session === session { lastSession = nil }
        guard let peer = sessions.removeValue(forKey: session.id) else { return }
        // In the order of their numbers, so that what they hold goes back in the same order always.
        for number in peer.subscriptions.keys.sorted() {
            if let subscription = peer.subscriptions[number] { end(subscription) }
        }
        scheduleTurn()
    }

    // MARK: - Turns

    func scheduleTurn() {
        guard !isTurnScheduled else { return }
        isTurnScheduled = true
        eventLoop.assumeIsolated().execute {
            self.isTurnScheduled = false
            self.turnTime = nil
            self.turn()
        }
    }

    /// The same for all requests of one turn.
    func now() -> MeshInstant {
        if let turnTime { return turnTime }
        let time = clock.now()
        // Forgotten again by the turn, which every burst of requests ends with.
        turnTime = time
        scheduleTurn()
        return time
    }

    /// Does all that became possible: delayed messages and leases whose time has come, a write to
    /// the disk, deliveries.
    func turn() {
        guard !hasFailed else { return }
        let now = clock.now()
        if let next = engine.nextAlarm, next <= now { engine.advance(to: now, using: &random) }
        startWriting()
        deliverNews(now)
        scheduleAlarm()
    }

    private func scheduleAlarm() {
        guard let next = engine.nextAlarm else { return }
        if let alarm {
            guard next < alarm.time else { return }
            alarm.task.cancel()
        }
        let wait = max((next - clock.now()).wholeNanoseconds, 1_000_000)
        let task = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) {
            self.alarm = nil
            self.turn()
        }
        alarm = (next, task)
    }

    /// Ends everything: what waits may have been applied, only recovery can tell.
    func fail(_ error: LogError) {
        guard !hasFailed else { return }
        hasFailed = true
        for peer in awaiting {
            peer.session.failWithheld(
                ErrorReply(.storageFailed, message: "the disk failed; recovering"))
        }
        awaiting.removeAll()
        for peer in sessions.values { peer.session.flush() }
        onFailure(error)
    }

    // MARK: - Look-ups

    func state(of session: ServerSession) -> BrokerSession? {
        if let lastSession, lastSession.session === session { return lastSession }
        lastSession = sessions[session.id]
        return lastSession
    }

    func makeConsumerID() -> ConsumerID {
        defer { nextConsumer += 1 }
        return ConsumerID(nextConsumer)
    }

    /// The queue of that name, if the peer may do `verb` with it.
    func queue(
        _ name: UnsafeRawBufferPointer, for verb: AccessPolicy.Verbs, _ peer: BrokerSession
    ) throws(BrokerError) -> QueueNumber {
        if let lastQueue, lastQueue.name.elementsEqual(name) {
            return try permitted(lastQueue.number, verb, peer)
        }
        let number = try queue(String(decoding: name, as: UTF8.self), for: verb, peer)
        lastQueue = (Array(name), number)
        return number
    }

    func queue(
        _ name: String, for verb: AccessPolicy.Verbs, _ peer: BrokerSession
    ) throws(BrokerError) -> QueueNumber {
        guard let name = QueueName(name), let number = engine.number(of: name) else {
            // Whoever may do nothing learns nothing of what there is.
            guard policy.verbs(of: peer.session.peer, on: name).contains(verb) else {
                throw .notPermitted
            }
            throw BrokerError(QueueRefusal.unknownQueue)
        }
        return try permitted(number, verb, peer)
    }

    private func permitted(
        _ queue: QueueNumber, _ verb: AccessPolicy.Verbs, _ peer: BrokerSession
    ) throws(BrokerError) -> QueueNumber {
        guard peer.may(verb, queue, named: engine.name(of: queue), by: policy) else {
            throw .notPermitted
        }
        return queue
    }

    func decode<M: WireMessage>(_ frame: InboundFrame, _: M.Type) throws(BrokerError) -> M {
        do {
            return try frame.decode(M.self)
        } catch {
            throw BrokerError(.badMessage, "\(error)")
        }
    }
}
