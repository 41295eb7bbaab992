// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import Testing

/// Invariants 1 and 6, rule by rule.
@Suite struct QueueEngineTests {
    @Test func `a message is delivered only once it is durable`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        #expect(broker.deliver().isEmpty)
        try broker.commit()
        #expect(broker.deliver().map(\.sequence) == [MessageSequence(1)])
        #expect(broker.deliver().isEmpty)
    }

    @Test func `an id is an output to each queue that it is sent to`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        let delivery = try #require(broker.deliver().first)
        try broker.settle(
            delivery, .acknowledge, output: 2, to: [QueueNumber(1), EngineFixture.queue])
        try broker.commit()
        for queue in [QueueNumber(1), EngineFixture.queue] {
            #expect(broker.engine.contents(of: queue).map(\.id) == [EngineFixture.id(2)])
        }
    }

    @Test func `a settlement takes effect only once it is durable, its outputs with it`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        let delivery = try #require(broker.deliver().first)
        try broker.settle(delivery, .acknowledge, output: 50)
        #expect(broker.engine.standing(of: EngineFixture.id(1), in: EngineFixture.queue) == .held)
        try broker.commit()
        let settled = broker.engine.standing(of: EngineFixture.id(1), in: EngineFixture.queue)
        #expect(settled == .settled)
        #expect(broker.engine.standing(of: EngineFixture.id(50), in: QueueNumber(1)) == .held)
    }

    @Test func `an id is stored once while it is remembered, settled or not`() throws {
        let broker = try EngineFixture(limits: EngineLimits(recentCountMax: 3))
        #expect(try broker.publish(1).isDuplicate == false)
        #expect(try broker.publish(1) == broker.publish(1))
        try broker.commit()
        let delivery = try #require(broker.deliver().first)
        try broker.settle(delivery, .acknowledge)
        try broker.commit()
        #expect(try broker.publish(1).isDuplicate)
        for id in UInt64(2)...4 { try broker.publish(id) }
        #expect(try broker.publish(1).isDuplicate == false)
    }

    @Test func `the depth limit is exact and counts what is not durable yet`() throws {
        let broker = try EngineFixture(policy: QueuePolicy(depthMax: 2))
        try broker.publish(1)
        try broker.publish(2)
        let refusal = #expect(throws: QueueRefusal.self) { try broker.publish(3) }
        guard case .queueFull(let pressure) = refusal else {
            Issue.record("refused for \(String(describing: refusal))")
            return
        }
        #expect(pressure.depth == 2 && pressure.limit == 2 && pressure.retryAfter > .zero)
        try broker.publish(4, urgent: true)
        try broker.commit()
        let deliveries = broker.deliver()
        #expect(deliveries.map(\.sequence.rawValue) == [3, 1, 2])
        try broker.settle(deliveries[0], .acknowledge)
        try broker.settle(deliveries[1], .acknowledge)
        #expect(throws: QueueRefusal.self) { try broker.publish(5) }
        try broker.commit()
        try broker.publish(5)
    }

    @Test func `the byte limit is exact`() throws {
        let broker = try EngineFixture(policy: QueuePolicy(byteDepthMax: 10))
        try broker.publish(1, body: "123456")
        #expect(throws: QueueRefusal.self) { try broker.publish(2, body: "12345") }
        try broker.publish(3, body: "1234")
    }

    @Test func `a message waits for its time`() throws {
        let broker = try EngineFixture()
        try broker.publish(1, notBefore: broker.now + .seconds(5))
        try broker.commit()
        #expect(broker.deliver().isEmpty)
        #expect(broker.engine.nextAlarm == broker.now + .seconds(5))
        broker.pass(.seconds(5))
        #expect(broker.deliver().count == 1)
    }

    @Test func `a stale lease settles nothing, and no lease settles twice`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        let first = try #require(broker.deliver().first)
        broker.pass(.seconds(10))
        #expect(throws: QueueRefusal.staleLease) { try broker.settle(first, .acknowledge) }
        try broker.commit()
        broker.pass(.seconds(60))
        let second = try #require(broker.deliver().first)
        #expect(second.attempt == 2 && second.token > first.token)
        #expect(throws: QueueRefusal.staleLease) { try broker.settle(first, .acknowledge) }
        try broker.settle(second, .acknowledge)
        #expect(throws: QueueRefusal.staleLease) { try broker.settle(second, .acknowledge) }
    }

    /// Orders remember the newest token: one who restores an old log, or none, must not go below it.
    @Test func `tokens grow with the clock when the log is lost`() throws {
        let before = try EngineFixture()
        try before.publish(1)
        try before.commit()
        let old = try #require(before.deliver().first)
        let after = try EngineFixture(at: before.now + .seconds(2))
        try after.publish(1)
        try after.commit()
        #expect(try #require(after.deliver().first).token > old.token)
    }

    @Test func `tokens grow across restarts`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        let before = try #require(broker.deliver().first)
        let again = try EngineFixture(broker.storage, at: broker.now)
        let after = try #require(again.deliver().first)
        #expect(after.token > before.token)
        #expect(after.attempt == 1)
        #expect(throws: QueueRefusal.staleLease) { try again.settle(before, .acknowledge) }
    }

    @Test func `after one attempt and three retries a message is dead, once, with its history`()
        throws
    {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        for attempt in UInt8(1)...4 {
            let delivery = try #require(broker.deliver().first)
            #expect(delivery.attempt == attempt && delivery.attemptsMax == 4)
            try broker.settle(delivery, .retry(after: nil), reason: "no \(attempt)")
            try broker.commit()
            broker.pass(.seconds(10))
        }
        #expect(broker.deliver().isEmpty)
        let dead = broker.engine.deadMessages(
            in: EngineFixture.queue, after: MessageSequence(0), limit: 10
        ).messages
        #expect(dead.count == 1)
        #expect(dead.first?.attempts.map(\.error) == ["no 1", "no 2", "no 3", "no 4"])
        #expect(dead.first?.attempts.allSatisfy { $0.worker == "worker" } == true)
        #expect(broker.engine.depth(of: EngineFixture.queue) == 0)
    }

    @Test func `a retry waits as long as it was told, or at random up to the doubled base`() throws
    {
        let policy = QueuePolicy(backoffBase: .seconds(2), backoffMax: .seconds(10))
        #expect(policy.backoff(afterAttempt: 1, random: .max) == .seconds(2))
        #expect(policy.backoff(afterAttempt: 3, random: .max / 2) == .seconds(4))
        #expect(policy.backoff(afterAttempt: 90, random: .max) == .seconds(10))
        #expect(policy.backoff(afterAttempt: 3, random: 0) == .zero)
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        try broker.settle(try #require(broker.deliver().first), .retry(after: .seconds(7)))
        try broker.commit()
        broker.pass(.milliseconds(6999))
        #expect(broker.deliver().isEmpty)
        broker.pass(.milliseconds(1))
        #expect(broker.deliver().count == 1)
    }

    @Test func `handing back, stopping and restarting burn no attempt`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.publish(2)
        try broker.commit()
        let deliveries = broker.deliver()
        try broker.settle(deliveries[1], .release)
        try broker.settle(deliveries[0], .release)
        #expect(broker.deliver().map(\.attempt) == [1, 1])
        broker.engine.unsubscribe(ConsumerID(1), from: EngineFixture.queue)
        broker.engine.subscribe(
            ConsumerID(2), worker: "other", credit: 5, to: EngineFixture.queue)
        let again = broker.deliver()
        #expect(again.map(\.sequence.rawValue) == [1, 2])
        #expect(again.map(\.attempt) == [1, 1] && again.map(\.acquired) == [3, 3])
    }

    @Test func `no more is delivered than there is credit for`() throws {
        let broker = try EngineFixture()
        broker.engine.unsubscribe(ConsumerID(1), from: EngineFixture.queue)
        broker.engine.subscribe(ConsumerID(2), worker: "a", credit: 2, to: EngineFixture.queue)
        for id in UInt64(1)...5 { try broker.publish(id) }
        try broker.commit()
        #expect(broker.deliver().count == 2)
        broker.engine.addCredit(1, to: ConsumerID(2), on: EngineFixture.queue)
        #expect(broker.deliver().count == 1)
    }

    @Test func `an extended lease lasts, and one that is over cannot be extended`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        let delivery = try #require(broker.deliver().first)
        let deadline = try broker.engine.extend(
            delivery.sequence, delivery.token, by: .seconds(30), on: EngineFixture.queue,
            now: broker.now)
        #expect(deadline == broker.now + .seconds(30))
        broker.pass(.seconds(29))
        try broker.settle(delivery, .acknowledge)
        #expect(throws: QueueRefusal.staleLease) {
            try broker.engine.extend(
                delivery.sequence, delivery.token, by: .seconds(30), on: EngineFixture.queue,
                now: broker.now)
        }
    }

    @Test func `a dead message is redriven once, and again after it died again`() throws {
        let broker = try EngineFixture()
        try broker.publish(1)
        try broker.commit()
        for _ in 0..<2 {
            try broker.settle(try #require(broker.deliver().first), .dead, reason: "broken")
            try broker.commit()
            let counts = [MessageSequence(1), MessageSequence(1)]
            #expect(broker.redrive(counts) == 1)
            #expect(broker.redrive(counts) == 0)
            try broker.commit()
        }
        #expect(broker.deliver().map(\.attempt) == [1])
    }

    @Test func `an output that is refused refuses the settlement, and the lease goes on`() throws {
        let broker = try EngineFixture(policy: QueuePolicy(depthMax: 1))
        try broker.publish(1)
        try broker.commit()
        let delivery = try #require(broker.deliver().first)
        try broker.settle(delivery, .retry(after: .zero), output: 7)
        try broker.commit()
        broker.pass(.seconds(1))
        let again = try #require(broker.deliver().first)
        #expect(throws: QueueRefusal.self) {
            try broker.settle(again, .acknowledge, output: 8)
        }
        try broker.settle(again, .acknowledge)
    }

    @Test func `on a full disk nothing new is taken, and what is there is settled`() throws {
        let broker = try EngineFixture()
        try broker.addSpare()
        broker.engine.isDiskFull = true
        var id: UInt64 = 0
        let refusal = #expect(throws: QueueRefusal.self) {
            while true {
                id += 1
                try broker.publish(id, body: String(repeating: "x", count: 900))
            }
        }
        #expect(refusal == .diskFull && id > 5)
        try broker.commit()
        for delivery in broker.deliver() { try broker.settle(delivery, .acknowledge) }
        try broker.commit()
        #expect(broker.engine.contents(of: EngineFixture.queue).isEmpty)
    }
}

extension EngineFixture {
    func redrive(_ sequences: [MessageSequence]) -> Int {
        redrive(RedriveRequest(sequences: sequences)).count
    }

    func redrive(_ request: RedriveRequest) -> RedriveAnswer {
        engine.redrive(request, on: Self.queue, by: Self.requester, now: now)
    }

    static let requester = Requester(who: "test", why: "because")
}
