// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import Testing

/// What comes to a group behind its dead letter waits for it: [B-27].
@Suite struct HeldGroupTests {
    private let broker: EngineFixture

    init() throws {
        broker = try EngineFixture(policy: .holding())
    }

    /// Publishes `ids` to group 7 and has the first of them die.
    private func bury(firstOf ids: ClosedRange<UInt64>) throws -> Delivery {
        for id in ids { try broker.publish(id, group: 7) }
        try broker.commit()
        let first = try #require(broker.deliver().first)
        try broker.settle(first, .dead, reason: "broken")
        try broker.commit()
        return first
    }

    private func settleAll(_ deliveries: [Delivery]) throws {
        for delivery in deliveries { try broker.settle(delivery, .acknowledge) }
        try broker.commit()
    }

    private func drainOneByOne() throws -> [UInt64] {
        var sequences: [UInt64] = []
        while case let deliveries = broker.deliver(), !deliveries.isEmpty {
            sequences += deliveries.map(\.sequence.rawValue)
            try settleAll(deliveries)
        }
        return sequences
    }

    @Test func `later ones wait for a dead letter, which goes first once it is redriven`() throws {
        let dead = try bury(firstOf: 1...3)
        try broker.publish(4, group: 7)
        try broker.publish(5, group: 8)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [5])
        #expect(broker.engine.depths(of: EngineFixture.queue, now: broker.now).held == 3)
        let letter = broker.engine.deadMessages(
            in: EngineFixture.queue, after: MessageSequence(0), limit: 1
        ).messages.first
        #expect(letter?.heldCount == 3)
        #expect(broker.redrive([dead.sequence]) == 1)
        try broker.publish(6, group: 7)
        try broker.commit()
        #expect(try drainOneByOne() == [1, 2, 3, 4, 6])
    }

    @Test func `a compensation is not held, before the redrive or after it`() throws {
        let dead = try bury(firstOf: 1...2)
        try broker.publish(3, urgent: true, group: 7)
        try broker.commit()
        let compensation = broker.deliver()
        #expect(compensation.map(\.sequence.rawValue) == [3])
        #expect(broker.redrive([dead.sequence]) == 1)
        try broker.publish(4, urgent: true, group: 7)
        try broker.commit()
        // One of a group at a time, as ever.
        #expect(broker.deliver().isEmpty)
        try settleAll(compensation)
        #expect(try drainOneByOne() == [4, 1, 2])
    }

    @Test func `a compensation that is dead holds what is none`() throws {
        try broker.publish(1, urgent: true, group: 7)
        try broker.publish(2, group: 7)
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .dead, reason: "broken")
        try broker.commit()
        #expect(broker.deliver().isEmpty)
    }

    @Test func `a purge of the dead letter lets its group go on in order`() throws {
        _ = try bury(firstOf: 1...4)
        #expect(broker.deliver().isEmpty)
        #expect(broker.purge(dead: true).count == 1)
        #expect(broker.deliver().isEmpty)
        try broker.commit()
        try broker.publish(5, group: 7)
        try broker.commit()
        #expect(try drainOneByOne() == [2, 3, 4, 5])
    }

    @Test func `a purge of what waits takes those that are held too`() throws {
        _ = try bury(firstOf: 1...4)
        #expect(broker.deliver().isEmpty)
        #expect(broker.purge(dead: false).count == 3)
        try broker.commit()
        #expect(broker.engine.depth(of: EngineFixture.queue) == 0)
        #expect(broker.redrive([MessageSequence(1)]) == 1)
        try broker.commit()
        #expect(try drainOneByOne() == [1])
    }

    @Test func `at a rate, its group waits until the dead letter's time has come`() throws {
        _ = try bury(firstOf: 1...2)
        try broker.publish(3, group: 8)
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .dead, reason: "broken")
        try broker.commit()
        var request = RedriveRequest(sequences: [], limit: 10)
        request.ratePerSecond = 1
        // The other dead letter's turn is a second later; a message of its group waits as long.
        try broker.publish(4, group: 8)
        #expect(broker.redrive(request).count == 2)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [1])
        let again = try EngineFixture(broker.storage, at: broker.now, policy: .holding())
        #expect(again.deliver().map(\.sequence.rawValue) == [1])
        again.pass(.seconds(1))
        #expect(again.deliver().map(\.sequence.rawValue) == [3])
    }

    @Test func `held messages count, and do not keep a dead letter from coming back`() throws {
        let broker = try EngineFixture(policy: .holding(depthMax: 3))
        for id in UInt64(1)...2 { try broker.publish(id, group: 7) }
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .dead, reason: "broken")
        try broker.commit()
        for id in UInt64(3)...4 { try broker.publish(id, group: 7) }
        try broker.commit()
        #expect(throws: QueueRefusal.self) { try broker.publish(5, group: 8) }
        #expect(broker.redrive([MessageSequence(1)]) == 1)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [1])
    }

    @Test(arguments: [false, true])
    func `a restart keeps it, from the log as from a snapshot`(isLong: Bool) throws {
        _ = try bury(firstOf: 1...3)
        if isLong {
            for id in UInt64(100)...400 {
                try broker.publish(id, body: String(repeating: "x", count: 900))
                try broker.commit()
                try settleAll(broker.deliver())
                broker.engine.addCredit(1, to: ConsumerID(1), on: EngineFixture.queue)
            }
        }
        let again = try EngineFixture(broker.storage, at: broker.now, policy: .holding())
        #expect((again.engine.recovery.snapshot != nil) == isLong)
        #expect(again.deliver().isEmpty)
        #expect(again.redrive([MessageSequence(1)]) == 1)
        #expect(again.deliver().isEmpty)
        try again.commit()
        #expect(again.deliver().map(\.sequence.rawValue) == [1])
    }

    @Test func `a queue that holds no more goes on, and one that begins to holds what is there`()
        throws
    {
        _ = try bury(firstOf: 1...3)
        let name = try #require(QueueName("orders"))
        #expect(broker.deliver().isEmpty)
        _ = try broker.engine.declare(name, .holding(false))
        let second = try #require(broker.deliver().first)
        #expect(second.sequence.rawValue == 2)
        _ = try broker.engine.declare(name, .holding())
        try settleAll([second])
        #expect(broker.deliver().isEmpty)
        #expect(broker.redrive([MessageSequence(1)]) == 1)
        try broker.commit()
        #expect(try drainOneByOne() == [1, 3])
    }

    /// Random lives: whatever is done, none of a group comes before a dead letter of a lower sequence,
    /// all come in order, and in the end none is left.
    @Test(arguments: UInt64(0)..<40)
    func `order holds around dead letters whatever is done [B-27]`(seed: UInt64) throws {
        var life = try HeldGroupLife(seed: seed)
        for _ in 0..<400 { try life.step() }
        try life.finish()
        #expect(life.leftCount == 0)
    }
}

extension QueuePolicy {
    static func holding(_ holds: Bool = true, depthMax: UInt64 = 100_000) -> QueuePolicy {
        QueuePolicy(
            leaseDuration: .seconds(10), backoffBase: .seconds(1), depthMax: depthMax,
            holdsBehindDead: holds)
    }
}
