// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Testing

/// Messages of one group, one at a time and in order: [B-20].
@Suite struct OrderedGroupTests {
    @Test func `one of a group is on lease at a time, and others are not held up`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, group: 7) }
        try broker.publish(4, group: 8)
        try broker.publish(5)
        try broker.commit()
        let deliveries = broker.deliver()
        #expect(deliveries.map(\.sequence.rawValue) == [1, 4, 5])
        try broker.settle(deliveries[0], .acknowledge)
        #expect(broker.deliver().isEmpty)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [2])
    }

    @Test func `the end of one is news of the next`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...2 { try broker.publish(id, group: 7) }
        try broker.commit()
        let first = try #require(broker.deliver().first)
        _ = broker.engine.takeNews()
        try broker.settle(first, .acknowledge)
        try broker.commit()
        #expect(broker.engine.takeNews() == [EngineFixture.queue])
    }

    @Test func `while one waits for its retry, its group waits`() throws {
        let broker = try EngineFixture()
        try broker.publish(1, group: 7)
        try broker.publish(2, group: 7)
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .retry(after: .seconds(5)))
        try broker.commit()
        #expect(broker.deliver().isEmpty)
        broker.pass(.seconds(5))
        #expect(broker.deliver().map(\.sequence.rawValue) == [1])
        #expect(broker.deliver().isEmpty)
    }

    @Test func `a release keeps the turn, a death passes it on`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, group: 7) }
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .release)
        let again = try #require(broker.deliver().first)
        #expect(again.sequence.rawValue == 1)
        try broker.settle(again, .dead, reason: "broken")
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [2])
        #expect(broker.redrive([again.sequence]) == 1)
        try broker.commit()
        #expect(broker.deliver().isEmpty)
    }

    @Test func `a compensation overtakes those of its group that nobody had yet`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, group: 7) }
        try broker.commit()
        let first = try #require(broker.deliver().first)
        try broker.publish(4, urgent: true, group: 7)
        try broker.commit()
        #expect(broker.deliver().isEmpty)
        try broker.settle(first, .acknowledge)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [4])
    }

    @Test func `the same group of two tenants is two groups`() throws {
        let broker = try EngineFixture()
        try broker.publish(1, tenant: "a", group: 7)
        try broker.publish(2, tenant: "b", group: 7)
        try broker.commit()
        #expect(broker.deliver().count == 2)
    }

    @Test func `a restart keeps the order, and the turn of one that waits for its retry`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, tenant: "a", group: 7) }
        try broker.publish(4, tenant: "a", group: 8)
        try broker.commit()
        try broker.settle(broker.deliver()[0], .retry(after: .seconds(30)))
        try broker.commit()
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.deliver().map(\.sequence.rawValue) == [4])
        again.pass(.seconds(30))
        #expect(again.deliver().map(\.sequence.rawValue) == [1])
    }

    /// Random lives: whatever happens, one of a group is out at a time, none is lost, and one that
    /// never died comes after all of its group that were published before it.
    @Test(arguments: UInt64(0)..<40)
    func `order holds whatever consumers do`(seed: UInt64) throws {
        let broker = try EngineFixture()
        var life = GroupLife(broker, seed: seed)
        for _ in 0..<400 { try life.step() }
        try life.finish()
        #expect(life.doneCount == life.publishedCount)
    }
}
