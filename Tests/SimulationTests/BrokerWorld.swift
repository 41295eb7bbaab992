// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import SimulatedMachine

/// A broker, its disk, its clock and its clients in one thread, driven by a seed.
final class BrokerWorld {
    /// What the broker did wrong.
    struct Breach: Error, CustomStringConvertible {
        let description: String
    }

    /// A delivery in a client's hands.
    struct Held {
        let queue: QueueNumber
        let delivery: Delivery
        var deadline: MeshInstant
    }

    static let queueCount = 3
    static let attemptsMax: UInt8 = 3
    static let leaseDuration = Duration.seconds(10)
    static let geometry = LogGeometry(
        segmentByteCount: 32 << 10, blockByteCount: 512, batchByteCountMax: 4 << 10)

    var random: SplitMix64
    let storage: SimulatedStorage
    var now = MeshInstant(milliseconds: 1_700_000_000_000)
    var engine: QueueEngine
    var writer: SegmentWriter
    /// What is durable for certain: every answer given so far.
    var model = BrokerModel(queueCount: queueCount)
    /// Changes not answered yet, in the order of the log.
    var unanswered: [BrokerModel.Change] = []
    var isStarting = true
    var batches: [LogBatch] = []
    var held: [Held] = []
    var settling: Set<UInt64> = []
    var bodies: [MessageID: [UInt8]] = [:]
    var recentIDs: [MessageID] = []
    var tokenMax = LeaseToken(0)
    var spareIndex: UInt64 = 0
    /// Messages to be moved to the end of the log.
    var stragglers: [Straggler] = []
    var moveCount = 0
    var crashCount = 0

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        storage = SimulatedStorage(seed: seed &+ 1)
        engine = try Self.recover(storage, now, seed)
        writer = SegmentWriter(storage: storage, after: engine.logEnd, geometry: Self.geometry)
        let policy = QueuePolicy(
            leaseDuration: Self.leaseDuration, attemptsMax: Self.attemptsMax, depthMax: 200)
        for index in 0..<Self.queueCount {
            guard let name = QueueName("queue-\(index)") else { continue }
            _ = try engine.declare(name, policy)
        }
        try commit()
        isStarting = false
        subscribe()
    }

    static func recover(
        _ storage: SimulatedStorage, _ now: MeshInstant, _ seed: UInt64
    ) throws(LogError) -> QueueEngine {
        try QueueEngine.recover(
            storage, geometry: geometry,
            limits: EngineLimits(
                recentCountMax: 400, snapshotSegmentCount: 3, livePercentMin: 60,
                rewriteSegmentCountMin: 4),
            newLogID: seed, now: now)
    }

    func subscribe() {
        for index in 0..<Self.queueCount {
            for consumer in 0..<2 {
                engine.subscribe(
                    ConsumerID(UInt64(index * 2 + consumer)), worker: "worker-\(consumer)",
                    credit: 20, to: QueueNumber(UInt16(index)))
            }
        }
    }

    /// Makes everything prepared durable and answers it.
    func commit() throws {
        batches += engine.takeBatches()
        while !batches.isEmpty { try writeFirst() }
    }

    func writeFirst() throws {
        let batch = batches[0]
        try writer.write(batch)
        batches.removeFirst()
        engine.committed(batch.number, segment: batch.segment, now: now)
        // One change is one record; a segment begins with two of its own.
        let changeCount = batch.recordCount - (batch.start == 0 ? 2 : 0)
        guard changeCount <= unanswered.count || isStarting else {
            throw Breach(description: "more records than changes")
        }
        for change in unanswered.prefix(changeCount) { model.apply(change) }
        unanswered.removeFirst(min(changeCount, unanswered.count))
        if let snapshot = engine.takeSnapshot(before: batch) {
            let report = try snapshot.write(to: storage, geometry: Self.geometry)
            engine.snapshotWritten(before: snapshot.segment, byteCount: report.byteCount)
            stragglers = report.stragglers
        }
        for segment in engine.takeUnusedSegments() {
            spareIndex += 1
            let keeper = SegmentKeeper(storage: storage, geometry: Self.geometry)
            let spare = engine.spareCount < 2 ? spareIndex : nil
            if let name = try keeper.recycle(segment, asSpare: spare) { engine.addSpare(name) }
        }
    }

    // MARK: - Crash and recovery

    func restart() throws {
        crashCount += 1
        storage.restart()
        engine = try Self.recover(storage, now, 0)
        writer = SegmentWriter(storage: storage, after: engine.logEnd, geometry: Self.geometry)
        try adoptSurvivors()
        (unanswered, batches, held, settling, stragglers) = ([], [], [], [], [])
        try checkBodies()
        subscribe()
    }

    /// The log may hold more than was answered, in its order, and nothing else.
    private func adoptSurvivors() throws {
        var candidate = model
        var rest = unanswered[...]
        let contents = (0..<Self.queueCount).map { engine.contents(of: QueueNumber(UInt16($0))) }
        while !contents.indices.allSatisfy({ candidate.matches(contents[$0], queue: $0) }) {
            guard let next = rest.popFirst() else {
                throw Breach(description: "after a crash: \(difference())")
            }
            candidate.apply(next)
        }
        model = candidate
    }

    /// Where the queues differ from what was answered.
    private func difference() -> String {
        var lines: [String] = []
        for index in 0..<Self.queueCount {
            let contents = engine.contents(of: QueueNumber(UInt16(index)))
            let found = Dictionary(uniqueKeysWithValues: contents.map { ($0.sequence, $0) })
            for sequence in Set(found.keys).union(model.queues[index].keys).sorted() {
                let (here, was) = (found[sequence], model.queues[index][sequence])
                if here?.attempts == was?.attempts, (here?.phase == .dead) == was?.isDead {
                    continue
                }
                lines.append(
                    "queue \(index) \(sequence): \(String(describing: here)), answered: "
                        + "\(was.map { "\($0.attempts) \($0.isDead)" } ?? "nothing")")
            }
        }
        return lines.joined(separator: "\n") + "\nunanswered: \(unanswered.count) "
            + "cut: \(String(describing: engine.recovery.cut))"
    }

    private func checkBodies() throws {
        for index in 0..<Self.queueCount {
            for view in engine.contents(of: QueueNumber(UInt16(index))) {
                let place = view.envelope
                let excerpt = try LogExcerpt(
                    from: storage, at: place.position, byteCount: 1024,
                    limit: Self.geometry.segmentByteCount)
                let body = excerpt.withBytes(at: place.position) {
                    Array($0[place.delta..<place.delta + place.byteCount])
                }
                guard body == bodies[view.id] else {
                    throw Breach(description: "message \(view.sequence) reads back as another")
                }
            }
        }
    }
}
