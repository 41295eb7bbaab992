// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Testing

/// Searching dead letters and giving them their attempts back: [B-17], [B-25].
@Suite struct RedriveTests {
    /// Six dead letters: odd ones of tenant `a`, dead for `timed out`, even ones of `b`.
    private static func broker() throws -> EngineFixture {
        let broker = try EngineFixture()
        for id in UInt64(1)...6 { try broker.publish(id, tenant: id % 2 == 1 ? "a" : "b") }
        try broker.commit()
        for delivery in broker.deliver().sorted(by: { $0.sequence < $1.sequence }) {
            let isOdd = delivery.sequence.rawValue % 2 == 1
            try broker.settle(delivery, .dead, reason: isOdd ? "it timed out" : "it is broken")
            try broker.commit()
            broker.pass(.seconds(1))
        }
        return broker
    }

    private static func search(
        _ broker: EngineFixture, _ filter: DeadMessageFilter, limit: Int = 100
    ) -> [UInt64] {
        broker.engine.deadMessages(
            in: EngineFixture.queue, after: MessageSequence(0), limit: limit, matching: filter
        ).messages.map(\.sequence.rawValue)
    }

    @Test func `dead letters are found by tenant, reason and age`() throws {
        let broker = try Self.broker()
        let tenant = TenantKey(name: "b".utf8)
        #expect(Self.search(broker, .all) == [1, 2, 3, 4, 5, 6])
        #expect(Self.search(broker, DeadMessageFilter(tenant: tenant)) == [2, 4, 6])
        #expect(Self.search(broker, DeadMessageFilter(reason: "timed")) == [1, 3, 5])
        let old = DeadMessageFilter(diedBefore: broker.now - .seconds(4))
        #expect(Self.search(broker, old) == [1, 2])
        #expect(Self.search(broker, DeadMessageFilter(tenant: tenant, reason: "timed")).isEmpty)
    }

    @Test func `a search is paged`() throws {
        let broker = try Self.broker()
        var (seen, after) = ([UInt64](), MessageSequence(0))
        while true {
            let page = broker.engine.deadMessages(
                in: EngineFixture.queue, after: after, limit: 4)
            seen += page.messages.map(\.sequence.rawValue)
            guard let next = page.next else { break }
            after = next
        }
        #expect(seen == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a redrive keeps the byte limit, and passes over none that is too large`() throws {
        let policy = QueuePolicy(leaseDuration: .seconds(10), byteDepthMax: 100)
        let broker = try EngineFixture(policy: policy)
        let bodies = [40, 30, 60, 10]
        for (id, byteCount) in bodies.enumerated() {
            try broker.publish(
                UInt64(id + 1), body: String(repeating: "x", count: byteCount))
            try broker.commit()
            for delivery in broker.deliver() { try broker.settle(delivery, .dead, reason: "no") }
            try broker.commit()
        }
        let first = broker.redrive(RedriveRequest())
        #expect(first.count == 2 && first.hasMore)
        try broker.commit()
        #expect(Self.search(broker, .all) == [3, 4])
        for delivery in broker.deliver() { try broker.settle(delivery, .acknowledge) }
        try broker.commit()
        let rest = broker.redrive(RedriveRequest())
        #expect(rest.count == 2 && !rest.hasMore)
    }

    /// A compensation is taken however full the queue is; dead, it must come back somehow.
    @Test func `what no queue has room for is redriven alone, once the queue is empty`() throws {
        let broker = try EngineFixture(
            policy: QueuePolicy(leaseDuration: .seconds(10), byteDepthMax: 100))
        for (id, byteCount) in [200, 10].enumerated() {
            try broker.publish(
                UInt64(id + 1), urgent: true, body: String(repeating: "x", count: byteCount))
            try broker.commit()
            for delivery in broker.deliver() { try broker.settle(delivery, .dead, reason: "no") }
            try broker.commit()
        }
        try broker.publish(3)
        try broker.commit()
        let early = broker.redrive(RedriveRequest())
        #expect(early.count == 0 && early.hasMore)
        for delivery in broker.deliver() { try broker.settle(delivery, .acknowledge) }
        try broker.commit()
        let first = broker.redrive(RedriveRequest())
        #expect(first.count == 1 && first.hasMore)
    }

    @Test func `a dry run counts and changes nothing`() throws {
        let broker = try Self.broker()
        let request = RedriveRequest(
            filter: DeadMessageFilter(reason: "timed"), isDryRun: true)
        #expect(broker.redrive(request).count == 3)
        #expect(broker.engine.acts(before: .max, limit: 9).isEmpty)
        #expect(Self.search(broker, .all).count == 6)
    }

    @Test func `only those that match come back, and a limit leaves the rest dead`() throws {
        let broker = try Self.broker()
        let filter = DeadMessageFilter(reason: "timed")
        let answer = broker.redrive(RedriveRequest(filter: filter, limit: 2))
        #expect(answer.count == 2 && answer.hasMore)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue).sorted() == [1, 3])
        #expect(Self.search(broker, .all) == [2, 4, 5, 6])
    }

    @Test func `at a rate they come one after the other, also after a restart`() throws {
        let broker = try Self.broker()
        let answer = broker.redrive(RedriveRequest(ratePerSecond: 2))
        #expect(answer.count == 6 && answer.resumeAfter == .seconds(3))
        try broker.commit()
        #expect(broker.deliver().count == 1)
        broker.pass(.milliseconds(1000))
        #expect(broker.deliver().count == 2)
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.deliver().count == 3)
        again.pass(.milliseconds(500))
        #expect(again.deliver().count == 1)
    }

    @Test func `a rate reaches ten minutes ahead, what is beyond stays dead`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...700 { try broker.publish(id) }
        try broker.commit()
        broker.engine.addCredit(1000, to: ConsumerID(1), on: EngineFixture.queue)
        for delivery in broker.deliver() { try broker.settle(delivery, .dead) }
        try broker.commit()
        let answer = broker.redrive(RedriveRequest(ratePerSecond: 1))
        #expect(answer.count == 600 && answer.hasMore && answer.resumeAfter == .seconds(600))
        #expect(broker.engine.depths(of: EngineFixture.queue, now: broker.now).dead == 100)
    }

    @Test func `a request that is repeated is answered as the first, also after a restart`() throws
    {
        let broker = try Self.broker()
        let request = RedriveRequest(limit: 4, id: UniqueID(high: 1, low: 2))
        #expect(broker.redrive(request).count == 4)
        let second = broker.redrive(request)
        #expect(second.count == 4 && second.isRepeated && second.hasMore)
        try broker.commit()
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.redrive(request).isRepeated)
        #expect(Self.search(again, .all).count == 2)
        let act = try #require(again.engine.acts(before: .max, limit: 1).first?.act)
        #expect(act.verb == .redrive && act.count == 4)
    }

    @Test func `no more come back than the queue has room for`() throws {
        let broker = try EngineFixture(policy: QueuePolicy(depthMax: 3))
        for id in UInt64(1)...3 { try broker.publish(id) }
        try broker.commit()
        for delivery in broker.deliver() { try broker.settle(delivery, .dead) }
        try broker.commit()
        for id in UInt64(4)...5 { try broker.publish(id) }
        let answer = broker.redrive(RedriveRequest())
        #expect(answer.count == 1 && answer.hasMore)
        let full = broker.redrive(RedriveRequest())
        #expect(full.count == 0 && full.hasMore && full.resumeAfter > .zero)
    }
}
