// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import SimulatedMachine
import Testing

@testable import QueueState

/// A log of which little is alive shrinks, and nothing that is alive changes by that.
@Suite struct QueueRewriteTests {
    private static let limits = EngineLimits(
        recentCountMax: 100, snapshotSegmentCount: 2, livePercentMin: 50,
        rewriteSegmentCountMin: 4)

    @Test func `stragglers are moved, so that their segments go and the log stays small`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        try Self.leaveStragglers(broker)
        var largest = 0
        for id in UInt64(100)..<900 {
            try Self.pass(broker, id)
            try Self.move(broker)
            try broker.recycle()
            largest = max(largest, broker.segmentCount)
        }
        #expect(largest < 14)
        let names = try broker.storage.fileNames()
        #expect(!names.contains("0000000001.segment"))
        try Self.checkStragglers(broker)
    }

    @Test(arguments: [true, false])
    func `what was moved is there after a start, with all that is known of it`(
        hasSnapshot: Bool
    ) throws {
        let broker = try EngineFixture(limits: Self.limits)
        try Self.leaveStragglers(broker)
        for id in UInt64(100)..<500 {
            try Self.pass(broker, id)
            try Self.move(broker)
            try broker.recycle()
        }
        if !hasSnapshot { try SnapshotWriter.removeAll(in: broker.storage) }
        let again = try EngineFixture(broker.storage, at: broker.now, limits: Self.limits)
        try Self.checkStragglers(again)
        let (one, other) = (again.known, broker.known)
        #expect(one == other)
    }

    @Test func `a message that changed since is not moved`() throws {
        let broker = try EngineFixture(limits: Self.limits)
        try Self.leaveStragglers(broker)
        var id = UInt64(100)
        while broker.stragglers.isEmpty {
            try Self.pass(broker, id)
            id += 1
        }
        let stragglers = broker.stragglers
        broker.engine.subscribe(
            ConsumerID(1), worker: "worker", credit: 10, to: EngineFixture.queue)
        let ready = try #require(broker.deliver().first)
        try broker.settle(ready, .acknowledge)
        let gone = try #require(stragglers.first { $0.sequence == ready.sequence })
        let isMovable = broker.engine.isMovable(gone)
        #expect(!isMovable)
        try broker.commit()
        let isMovableNow = broker.engine.isMovable(gone)
        #expect(!isMovableNow)
    }

    @Test func `a log that is alive enough, or small, is left alone`() {
        var usage = SegmentUsage()
        for number in UInt32(1)...20 { usage.begin(SegmentNumber(number)) }
        let limits = EngineLimits(
            snapshotSegmentCount: 4, livePercentMin: 50, rewriteSegmentCountMin: 10)
        #expect(usage.sparseEnd(of: 10_000, limits: limits) == SegmentNumber(20))
        for number in UInt32(1)...20 { usage.retain(.example(in: number, byteCount: 6000)) }
        #expect(usage.sparseEnd(of: 10_000, limits: limits) == nil)
        for number in UInt32(5)...20 { usage.release(.example(in: number, byteCount: 6000)) }
        // Half of four segments is worth 20,000 bytes: three of these.
        #expect(usage.sparseEnd(of: 10_000, limits: limits) == SegmentNumber(4))
        var small = limits
        small.rewriteSegmentCountMin = 20
        #expect(usage.sparseEnd(of: 10_000, limits: small) == nil)
    }

    // MARK: - Stragglers

    /// One that is ready, one that failed, one that is delayed and one that is dead.
    private static func leaveStragglers(_ broker: EngineFixture) throws {
        try broker.publish(1, body: "dead")
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .dead, reason: "of this")
        try broker.publish(2, body: "failed")
        try broker.commit()
        let failed = try #require(broker.deliver().first)
        try broker.settle(failed, .retry(after: .seconds(5000)), reason: "once")
        try broker.publish(3, notBefore: broker.now + .seconds(6000), body: "delayed")
        try broker.commit()
        broker.engine.unsubscribe(ConsumerID(1), from: EngineFixture.queue)
        try broker.publish(4, body: "ready")
        try broker.commit()
    }

    private static func checkStragglers(_ broker: EngineFixture) throws {
        let views = broker.engine.contents(of: EngineFixture.queue).prefix(4)
        #expect(views.map(\.sequence.rawValue) == [1, 2, 3, 4])
        #expect(views.map(\.attempts) == [1, 1, 0, 0])
        #expect(
            try views.map { try broker.body(at: $0.envelope) } == [
                "dead", "failed", "delayed", "ready",
            ])
        let dead = broker.engine.deadMessages(
            in: EngineFixture.queue, after: MessageSequence(0), limit: 9
        ).messages
        #expect(dead.map(\.death.reason) == ["of this"])
        #expect(dead.first?.attempts.map(\.error) == ["of this"])
    }

    /// A message that comes and goes, on the other queue.
    private static func pass(_ broker: EngineFixture, _ id: UInt64) throws {
        try broker.publish(id, body: String(repeating: "x", count: 900), to: EngineFixture.other)
        try broker.commit()
        broker.engine.subscribe(
            ConsumerID(id), worker: "worker", credit: 1, to: EngineFixture.other)
        let delivery = try #require(broker.deliver(from: EngineFixture.other).first)
        try broker.settle(delivery, .acknowledge, on: EngineFixture.other)
        broker.engine.unsubscribe(ConsumerID(id), from: EngineFixture.other)
        try broker.commit()
    }

    private static func move(_ broker: EngineFixture) throws {
        for straggler in broker.stragglers {
            let body = try broker.body(at: straggler.envelope)
            Array(body.utf8).withUnsafeBytes {
                _ = broker.engine.move(straggler, envelope: $0)
            }
        }
        broker.stragglers = []
        try broker.commit()
    }
}

extension EngineFixture {
    static let other = QueueNumber(1)

    fileprivate var segmentCount: Int {
        ((try? storage.fileNames()) ?? []).filter { SegmentNumber(fileName: $0) != nil }.count
    }

    fileprivate func recycle() throws {
        let keeper = SegmentKeeper(storage: storage, geometry: Self.geometry)
        for segment in engine.takeUnusedSegments() {
            _ = try keeper.recycle(segment, asSpare: nil)
        }
    }

    fileprivate func body(at place: EnvelopePlace) throws -> String {
        let excerpt = try LogExcerpt(
            from: storage, at: place.position, byteCount: 4096,
            limit: Self.geometry.segmentByteCount)
        return excerpt.withBytes(at: place.position) {
            String(
                decoding: $0[place.delta..<place.delta + place.byteCount], as: UTF8.self)
        } ?? "nothing"
    }

    /// Of each message of the first queue, all that outlives a restart.
    fileprivate var known: [String] {
        let dues = engine.queues[0].dues
        return engine.contents(of: Self.queue).map {
            "\($0.sequence.rawValue) \($0.id.value) \($0.attempts) \($0.phase == .dead) "
                + "\($0.envelope) \(String(describing: dues[$0.sequence])) "
                + "\(engine.queues[0].history(of: $0.sequence))"
        }
    }
}

extension StoredMessage {
    fileprivate static func example(in segment: UInt32, byteCount: UInt32) -> StoredMessage {
        StoredMessage(
            id: MessageID(.zero), sequence: 1, tenant: TenantKey(name: []), group: .none,
            publishedMilliseconds: 0, segment: segment, recordOffset: 0, envelopeDelta: 0,
            envelopeByteCount: byteCount, attempts: 0, acquired: 0, phase: .ready,
            isUrgent: false)
    }
}
