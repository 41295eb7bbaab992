// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Broker

@Suite struct BrokerServiceTests {
    @Test func `a message published is delivered, settled once, and its output delivered`()
        async throws
    {
        try await BrokerFixture.with { _, client in
            let published = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            #expect(published == Published(sequence: 1, duplicate: false))
            let delivery = try await Self.first(client, "payment")
            #expect(delivery.message == BrokerFixture.envelope(1))
            #expect(delivery.attempt == 1)
            let output = Output(
                queue: "fulfillment", message: BrokerFixture.envelope(2), delayMilliseconds: 0)
            let results = try await client.settle(
                [BrokerFixture.ack(delivery, outputs: [output]), BrokerFixture.ack(delivery)],
                in: "payment")
            #expect(results.map(\.code) == [0, WireErrorCode.staleLease.rawValue])
            let next = try await Self.first(client, "fulfillment")
            #expect(next.message == BrokerFixture.envelope(2))
            let ids = [1, 2, 3].map { MessageID(UniqueID(high: 7, low: $0)) }
            #expect(try await client.standings(of: ids, in: "payment").first == .settled)
            #expect(
                try await client.standings(of: ids, in: "fulfillment")
                    == [.neverSeen, .held, .neverSeen])
        }
    }

    @Test func `an output waits for its delay by the broker's clock, also across a restart [B-9]`()
        async throws
    {
        let fixture = BrokerFixture()
        try await fixture.run { _, client in
            _ = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            let delivery = try await Self.first(client, "payment")
            // Whatever the clock of the sender says.
            var message = BrokerFixture.envelope(2)
            message.notBeforeMilliseconds = 1
            let output = Output(
                queue: "fulfillment", message: message, delayMilliseconds: 5_000)
            _ = try await client.settle(
                [BrokerFixture.ack(delivery, outputs: [output])], in: "payment")
            fixture.clock.advance(by: .milliseconds(4_999))
            let stats = try await client.stats(of: "fulfillment").queues
            #expect(stats.map(\.delayed) == [1] && stats.map(\.ready) == [0])
        }
        try await fixture.run { _, client in
            let stats = try await client.stats(of: "fulfillment").queues
            #expect(stats.map(\.delayed) == [1])
            fixture.clock.advance(by: .milliseconds(1))
            let delivery = try await Self.first(client, "fulfillment")
            #expect(delivery.attempt == 1)
        }
        try await fixture.shutDown()
    }

    @Test func `what was answered is there after a restart, and the same id is not stored again`()
        async throws
    {
        let fixture = BrokerFixture()
        try await fixture.run { _, client in
            _ = try await client.publish(
                (1...50).map { BrokerFixture.envelope($0) }, to: "payment")
            // Held when the broker stops: no attempt is burned.
            _ = try await client.consume("payment", credit: 50)
        }
        try await fixture.run { _, client in
            let again = try await client.publish(BrokerFixture.envelope(7), to: "payment")
            #expect(again == Published(sequence: 7, duplicate: true))
            let stats = try await client.stats(of: "payment").queues
            #expect(stats.first?.ready == 50)
            let delivery = try await Self.first(client, "payment")
            #expect(delivery.sequence == 1 && delivery.attempt == 1)
        }
        try await fixture.shutDown()
    }

    @Test func `a full queue refuses with depth, limit and time to wait`() async throws {
        try await BrokerFixture.with(depthMax: 3) { _, client in
            for id in UInt64(1)...3 {
                _ = try await client.publish(BrokerFixture.envelope(id), to: "payment")
            }
            let thrown = await #expect(throws: CallError.self) {
                try await client.publish(BrokerFixture.envelope(4), to: "payment")
            }
            let error = try #require(thrown)
            #expect(error.code == .queueFull && error.effect == .notApplied)
            #expect(error.retryAfter ?? .zero > .zero)
            #expect(error.message.contains("3 of 3 messages"))
            var urgent = BrokerFixture.envelope(5)
            urgent.priority = .compensation
            _ = try await client.publish(urgent, to: "payment")
            let delivery = try await Self.first(client, "payment")
            #expect(delivery.message.id == urgent.id)
        }
    }

    @Test func `a message that fails every attempt is a dead letter once, with its history`()
        async throws
    {
        try await BrokerFixture.with { _, client in
            _ = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            let subscription = try await client.consume("payment", credit: 10)
            var iterator = subscription.makeAsyncIterator()
            for attempt in 1...2 {
                let batch = try #require(try await iterator.next())
                #expect(batch.deliveries.map(\.attempt) == [UInt32(attempt)])
                _ = try await client.settle(
                    batch.deliveries.map {
                        BrokerFixture.settlement($0, .retry, reason: "no \(attempt)")
                    }, in: "payment")
            }
            let letters = try await client.deadLetters(of: "payment")
            #expect(letters.map(\.reason) == ["no 2"])
            #expect(letters.first?.attempts.map(\.error) == ["no 1", "no 2"])
            #expect(letters.first?.message == BrokerFixture.envelope(1))
            let redrive = Redrive("payment", who: "test", why: "mended")
            #expect(try await client.redrive(redrive).count == 1)
            #expect(try await client.redrive(redrive).count == 0)
            let batch = try #require(try await iterator.next())
            #expect(batch.deliveries.map(\.attempt) == [1])
        }
    }

    /// Each is read back with what follows it, which ends in the middle of another.
    @Test func `dead letters that are no longer in memory are read back whole`() async throws {
        try await BrokerFixture.with(memory: 1) { _, client in
            let messages = (UInt64(1)...20).map {
                BrokerFixture.envelope($0, body: String(repeating: "\($0)", count: 700))
            }
            for message in messages { _ = try await client.publish(message, to: "payment") }
            let subscription = try await client.consume("payment", credit: 20)
            var iterator = subscription.makeAsyncIterator()
            var deadCount = 0
            while deadCount < messages.count {
                let batch = try #require(try await iterator.next())
                deadCount += batch.deliveries.count
                _ = try await client.settle(
                    batch.deliveries.map { BrokerFixture.settlement($0, .dead) }, in: "payment")
            }
            let letters = try await client.deadLetters(of: "payment")
            #expect(letters.map(\.message) == messages)
        }
    }

    @Test func `messages that are no longer in memory are read back from the log`() async throws {
        try await BrokerFixture.with(depthMax: 10_000, memory: 1) { _, client in
            let body = String(repeating: "x", count: 900)
            for first in stride(from: 0, to: 3000, by: 500) {
                _ = try await client.publish(
                    (first..<first + 500).map {
                        BrokerFixture.envelope(UInt64($0), body: "\(body)\($0)")
                    }, to: "payment")
            }
            let subscription = try await client.consume("payment", credit: 3000)
            var expected = 0
            for try await batch in subscription {
                for delivery in batch.deliveries {
                    #expect(delivery.message.body == ByteBuffer(string: "\(body)\(expected)"))
                    expected += 1
                }
                if expected == 3000 { break }
            }
        }
    }

    @Test func `who is not named by the policy learns nothing`() async throws {
        try await BrokerFixture.with(peer: .service("notificationd")) { _, client in
            for queue in ["payment", "no-such-queue"] {
                let error = await #expect(throws: CallError.self) {
                    try await client.publish(BrokerFixture.envelope(1), to: queue)
                }
                #expect(error?.code == .notPermitted)
            }
        }
    }

    @Test func `a malformed envelope is refused and the session goes on`() async throws {
        try await BrokerFixture.with { _, client in
            var tooLong = BrokerFixture.envelope(1)
            tooLong.tenant = String(repeating: "é", count: 32)
            _ = try await client.publish(tooLong, to: "payment")
            let error = await #expect(throws: CallError.self) {
                try await client.publish(BrokerFixture.envelope(2), to: "no-such-queue")
            }
            #expect(error?.code == .unknownQueue)
        }
    }

    private static func first(
        _ client: BrokerClient, _ queue: String
    ) async throws -> Delivery {
        let subscription = try await client.consume(queue, credit: 1)
        for try await batch in subscription {
            if let delivery = batch.deliveries.first { return delivery }
        }
        throw CallError(.failed, message: "the subscription ended")
    }
}
