// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import Testing

/// What people do to queues, and what is left of it after a restart: [B-21], [B-22], [B-23],
/// [B-24].
@Suite struct OperatorActTests {
    private static let queue = EngineFixture.queue

    @Test func `a paused queue takes messages and delivers none, also after a restart`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.publish(2)
        try broker.commit()
        broker.engine.unsubscribe(ConsumerID(1), from: Self.queue)
        broker.engine.subscribe(ConsumerID(1), worker: "w", credit: 1, to: Self.queue)
        let held = try #require(broker.deliver().first)
        broker.pause(true)
        try broker.commit()
        try broker.publish(3)
        try broker.settle(held, .acknowledge)
        try broker.commit()
        broker.engine.addCredit(9, to: ConsumerID(1), on: Self.queue)
        #expect(broker.deliver().isEmpty)
        #expect(broker.engine.depths(of: Self.queue, now: broker.now).isPaused)
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.deliver().isEmpty)
        again.pause(false)
        #expect(again.deliver().map(\.sequence.rawValue) == [2, 3])
    }

    @Test func `a purge takes what waits, and leaves what is on lease or dead`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, tenant: "a", group: 7) }
        try broker.publish(4)
        try broker.commit()
        let deliveries = broker.deliver()
        #expect(deliveries.map(\.sequence.rawValue) == [1, 4])
        try broker.settle(deliveries[1], .dead)
        try broker.publish(5, notBefore: broker.now + .seconds(60))
        try broker.publish(6)
        try broker.commit()
        let purged = broker.purge(dead: false)
        #expect(purged.count == 4 && !purged.hasMore)
        #expect(broker.deliver().isEmpty, "nobody gets what is being thrown away")
        try broker.commit()
        #expect(broker.rest() == [1, 4])
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.rest() == [1, 4])
        #expect(again.engine.depth(of: Self.queue) == 1)
        #expect(again.deliver().map(\.sequence.rawValue) == [1])
    }

    @Test func `a purge of the dead letters leaves what is not dead`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id) }
        try broker.commit()
        for delivery in broker.deliver().prefix(2) { try broker.settle(delivery, .dead) }
        try broker.commit()
        #expect(broker.purge(dead: true).count == 2)
        try broker.commit()
        #expect(broker.rest() == [3])
        #expect(broker.engine.depths(of: Self.queue, now: broker.now).dead == 0)
        #expect(try EngineFixture(broker.storage, at: broker.now).rest() == [3])
    }

    @Test func `a purge beyond one record goes on, and is one entry of the audit`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...5000 { try broker.publish(id) }
        try broker.commit()
        var count = 0
        while true {
            let purged = broker.purge(dead: false)
            try broker.commit()
            count += purged.count
            guard purged.hasMore else { break }
        }
        #expect(count == 5000 && broker.rest().isEmpty)
        let acts = broker.engine.acts(before: .max, limit: 10)
        #expect(acts.map(\.act.count) == [5000] && acts.map(\.act.verb) == [.purgeWaiting])
    }

    @Test func `weights are kept, and bad ones refused as a whole`() throws {
        let broker = try EngineFixture()
        try broker.setWeights([("gold", 5), ("tin", 2)])
        try broker.setWeights([("tin", 1)])
        for bad in [("x", UInt32(0)), ("x", 1001), ("", 2), (String(repeating: "x", count: 65), 2)]
        {
            #expect(throws: QueueRefusal.self) { try broker.setWeights([("gold", 9), bad]) }
        }
        #expect(throws: QueueRefusal.self) {
            try broker.setWeights((0...1024).map { ("tenant-\($0)", 2) })
        }
        try broker.commit()
        for engine in [broker, try EngineFixture(broker.storage, at: broker.now)] {
            #expect(engine.engine.tenantWeights.map(\.tenant) == ["gold"])
            #expect(engine.engine.tenantWeights.map(\.weight) == [5])
        }
    }

    @Test func `the newest acts are kept with who and why, across segments and restarts`() throws {
        let broker = try EngineFixture()
        for number in 1...200 {
            broker.pause(number % 2 == 1)
            try broker.publish(UInt64(number), body: String(repeating: "x", count: 500))
            try broker.commit()
        }
        let again = try EngineFixture(broker.storage, at: broker.now)
        for engine in [broker, again] {
            let acts = engine.engine.acts(before: .max, limit: 500)
            #expect(acts.map(\.number) == (73...200).reversed())
            #expect(acts[0].act.verb == .resume && acts[1].act.verb == .pause)
            #expect(acts.allSatisfy { $0.act.requester == EngineFixture.requester })
            #expect(engine.engine.acts(before: 100, limit: 2).map(\.number) == [99, 98])
        }
    }

    @Test func `a purge of nothing is no act`() throws {
        let broker = try EngineFixture()
        let purged = broker.purge(dead: true)
        #expect(purged.count == 0 && !purged.hasMore)
        #expect(broker.engine.acts(before: .max, limit: 9).isEmpty)
    }

    @Test func `what a daemon declares by itself is nobody's act`() throws {
        let broker = try EngineFixture()
        #expect(broker.engine.acts(before: .max, limit: 9).isEmpty)
        let name = try #require(QueueName("gifts"))
        _ = try broker.engine.declare(
            name, QueuePolicy(), by: EngineFixture.requester, now: broker.now)
        #expect(broker.engine.acts(before: .max, limit: 9).map(\.act.verb) == [.declare])
    }
}

extension EngineFixture {
    func pause(_ isPaused: Bool) {
        engine.pause(Self.queue, isPaused, by: Self.requester, now: now)
    }

    func purge(dead: Bool) -> (count: Int, hasMore: Bool) {
        engine.purge(Self.queue, dead: dead, by: Self.requester, now: now)
    }

    func setWeights(_ weights: [(String, UInt32)]) throws {
        try engine.setWeights(
            weights.map { (tenant: $0.0, weight: $0.1) }, by: Self.requester, now: now)
    }

    /// The sequences of all that is held.
    func rest() -> [UInt64] { engine.contents(of: Self.queue).map(\.sequence.rawValue) }
}
