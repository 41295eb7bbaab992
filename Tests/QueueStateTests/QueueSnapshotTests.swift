// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import SimulatedMachine
import Testing

@testable import QueueState

/// A start from a snapshot is a start from the whole log.
@Suite struct QueueSnapshotTests {
    private static let limits = EngineLimits(recentCountMax: 1000, snapshotSegmentCount: 2)

    @Test(arguments: UInt64(0)..<20)
    func `what a snapshot restores is what the whole log says`(seed: UInt64) throws {
        let broker = try EngineFixture(limits: Self.limits)
        try Self.live(broker, seed: seed)
        let contents = broker.contents
        let restored = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        let snapshot = restored.engine.recovery.snapshot
        #expect(snapshot != nil)
        #expect(restored.contents == contents)
        #expect(Self.isEqual(restored, broker))
        try SnapshotWriter.removeAll(in: broker.storage)
        let replayed = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        let none = replayed.engine.recovery.snapshot
        #expect(none == nil)
        #expect(replayed.contents == contents)
        #expect(replayed.acts == broker.acts && replayed.weights == broker.weights)
        // Tenants' turns and groups are made anew, and alike.
        for engine in [restored, replayed] { engine.pause(false) }
        #expect(restored.deliver().map(\.sequence) == replayed.deliver().map(\.sequence))
    }

    @Test func `ids outlive the segments that they were published in`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        try broker.publish(1)
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .acknowledge)
        try Self.fill(broker, ids: 2..<150)
        #expect(broker.recycleUnused() > 2)
        let restored = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        #expect(try restored.publish(1).isDuplicate)
        let standing = restored.engine.standing(
            of: EngineFixture.id(1), in: EngineFixture.queue)
        #expect(standing == .settled)
    }

    @Test func `segments go once a snapshot covers them and nothing in them is alive`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        try broker.publish(1)
        try broker.commit()
        let oldest = try #require(broker.deliver().first)
        try Self.fill(broker, ids: 2..<200)
        #expect(broker.recycleUnused() == 0)
        try broker.settle(oldest, .acknowledge)
        try broker.commit()
        #expect(broker.recycleUnused() > 3)
        let again = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        let (contents, next) = again.queueAndNext
        #expect(contents.isEmpty && next == MessageSequence(200))
    }

    @Test func `a segment that a restored message is in is missed when it is gone`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        try broker.publish(1)
        try broker.commit()
        _ = broker.deliver()
        try Self.fill(broker, ids: 2..<150)
        try broker.storage.removeFile("0000000001.segment")
        let error = #expect(throws: LogError.self) {
            _ = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        }
        #expect(error?.code == .missingSegment && error?.file == "0000000001.segment")
    }

    @Test func `a full disk gives up the snapshot for segments that hold nothing`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        var id: UInt64 = 0
        // Until a segment behind the snapshot holds nothing.
        while !broker.engine.wantsSnapshotsRemoved {
            broker.engine.isDiskFull = false
            id += 1
            try Self.fill(broker, ids: id..<id + 1)
            _ = broker.recycleUnused()
            broker.engine.isDiskFull = true
        }
        #expect(broker.recycleUnused() == 0)
        try SnapshotWriter.removeAll(in: broker.storage)
        broker.engine.snapshotsRemoved()
        #expect(broker.recycleUnused() > 0)
        let again = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        let (contents, next) = again.queueAndNext
        #expect(contents.isEmpty && next == MessageSequence(id + 1))
    }

    @Test func `snapshots of much are taken as seldom as they are large`() {
        var schedule = SnapshotSchedule(newest: nil, byteCount: 0, oldest: SegmentNumber(1))
        func isDue(_ number: UInt32) -> Bool {
            schedule.isDue(at: SegmentNumber(number), segmentCount: 8, segmentByteCount: 100)
        }
        #expect(!isDue(8) && isDue(9))
        schedule.begin(at: SegmentNumber(9))
        #expect(!isDue(30))
        schedule.finish(before: SegmentNumber(9), byteCount: 2000)
        #expect(!isDue(28) && isDue(29))
    }

    @Test func `slots are listed by sequence, whether sequences lie close or far apart`() {
        for stride in [UInt64(1), 3, 1000] {
            var table = MessageTable()
            var random = SplitMix64(seed: stride)
            let sequences = (1...3000).map { UInt64($0) * stride }
            for sequence in sequences.shuffled(using: &random) {
                _ = table.insert(.example(sequence))
            }
            #expect(table.slotsBySequence().map { table[$0].sequence } == sequences)
        }
    }

    @Test func `runs of slots are found, and what lies between them is not`() {
        var runs = SlotRuns()
        for (sequence, slot) in [(5, 0), (6, 1), (9, 2), (10, 3), (11, 9)] as [(UInt64, UInt32)] {
            runs.append(MessageSequence(sequence), SlotIndex(slot))
        }
        let found = (4...12).map { runs.slot(of: MessageSequence($0))?.rawValue }
        #expect(found == [nil, 0, 1, nil, nil, 2, 3, 9, nil])
    }

    // MARK: - Lives

    /// Publishes and acknowledges.
    private static func fill(_ broker: EngineFixture, ids: Range<UInt64>) throws {
        for id in ids {
            try broker.publish(id, body: String(repeating: "x", count: 900))
            try broker.commit()
            let delivery = try #require(broker.deliver().first)
            broker.engine.addCredit(1, to: ConsumerID(1), on: EngineFixture.queue)
            try broker.settle(delivery, .acknowledge)
            try broker.commit()
        }
    }

    /// Everything that can happen to a message; not all of it is durable when segments begin.
    private static func live(_ broker: EngineFixture, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var held: [Delivery] = []
        for id in UInt64(1)...400 {
            let later = broker.now + .seconds(Int64.random(in: 1...900, using: &random))
            try broker.publish(
                id, urgent: random.once(in: 9), notBefore: random.once(in: 4) ? later : .epoch,
                body: String(repeating: "x", count: Int.random(in: 0...900, using: &random)),
                tenant: "tenant-\(id % 3)", group: id % 7)
            if random.once(in: 3) { try broker.commit() }
            held += broker.deliver()
            while held.count > 3 {
                let delivery = held.remove(at: Int.random(in: held.indices, using: &random))
                broker.engine.addCredit(1, to: ConsumerID(1), on: EngineFixture.queue)
                let verdicts: [SettlementRequest.Verdict] = [
                    .acknowledge, .acknowledge, .retry(after: .seconds(200)), .dead, .release,
                ]
                let verdict = verdicts.randomElement(using: &random) ?? .acknowledge
                try broker.settle(
                    delivery, verdict, reason: "because", output: verdict == .release ? nil : id)
            }
            if random.once(in: 20) {
                _ = broker.redrive(RedriveRequest(limit: 3))
            }
            if random.once(in: 60) { _ = broker.purge(dead: random.once(in: 2)) }
            if random.once(in: 20) { broker.pause(random.once(in: 3)) }
            if random.once(in: 40) {
                try broker.setWeights([("tenant-\(id % 3)", .random(in: 1...4, using: &random))])
            }
        }
        try broker.commit()
    }

    private static func isEqual(_ one: EngineFixture, _ other: EngineFixture) -> Bool {
        one.dead == other.dead && one.totals == other.totals
            && one.acts == other.acts && one.weights == other.weights
            && (UInt64(1)...400).allSatisfy {
                one.engine.standing(of: EngineFixture.id($0), in: EngineFixture.queue)
                    == other.engine.standing(of: EngineFixture.id($0), in: EngineFixture.queue)
            }
    }
}

extension EngineFixture {
    /// Of a message, all that outlives a restart.
    struct Content: Equatable {
        let sequence: MessageSequence
        let id: MessageID
        let isDead: Bool
        let attempts: UInt8
        let envelope: EnvelopePlace
        let due: MeshInstant?
    }

    fileprivate var contents: [[Content]] {
        (0..<2).map { index in
            let dues = engine.queues[index].dues
            return engine.contents(of: QueueNumber(UInt16(index))).map {
                Content(
                    sequence: $0.sequence, id: $0.id, isDead: $0.phase == .dead,
                    attempts: $0.attempts, envelope: $0.envelope, due: dues[$0.sequence])
            }
        }
    }

    fileprivate var dead: [DeadMessage] {
        engine.deadMessages(in: Self.queue, after: MessageSequence(0), limit: 1000).messages
    }

    fileprivate var acts: AuditTrail { engine.audit }

    fileprivate var weights: TenantWeights { engine.weights }

    fileprivate var queueAndNext: ([MessageView], MessageSequence) {
        (engine.contents(of: Self.queue), engine.nextSequence(of: Self.queue))
    }

    fileprivate var totals: [UInt64] {
        engine.queues.flatMap { [$0.depth, $0.byteDepth, $0.publishedTotal, $0.settledTotal] }
    }

    /// - Returns: how many segments were freed.
    fileprivate func recycleUnused() -> Int {
        let unused = engine.takeUnusedSegments()
        let keeper = SegmentKeeper(storage: storage, geometry: Self.geometry)
        for segment in unused { _ = try? keeper.recycle(segment, asSpare: nil) }
        return unused.count
    }
}

extension StoredMessage {
    fileprivate static func example(_ sequence: UInt64) -> StoredMessage {
        StoredMessage(
            id: MessageID(.zero), sequence: sequence, tenant: TenantKey(name: []), group: .none,
            publishedMilliseconds: 0, segment: 1, recordOffset: 0, envelopeDelta: 0,
            envelopeByteCount: 0, attempts: 0, acquired: 0,
            phase: .ready, isUrgent: false)
    }
}
