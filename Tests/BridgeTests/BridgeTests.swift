// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

@testable import Bridge

/// The broker's part of the protocol over real sessions, on the stand-in for AWS.
@Suite struct BridgeTests {
    /// The next delivery, and room for one more.
    private func next(
        _ iterator: inout AsyncThrowingStream<DeliveryBatch, any Error>.Iterator,
        of subscription: BrokerSubscription, on client: BrokerClient
    ) async throws -> Delivery {
        let batch = try #require(try await iterator.next())
        client.grant(batch.deliveries.count, for: batch, of: subscription)
        #expect(batch.deliveries.count == 1)
        return try #require(batch.deliveries.first)
    }

    @Test func `a message goes in, is settled with its output, and is gone [B-12]`() async throws {
        try await BridgeFixture().run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let inventory = try clients.broker(as: "inventoryd")
            let payment = try clients.broker(as: "paymentd")
            let message = envelope("reserve")
            #expect(try await !ingest.publish(message, to: "inventory").duplicate)

            let source = try await inventory.consume("inventory", credit: 1)
            var deliveries = source.makeAsyncIterator()
            let delivery = try await next(&deliveries, of: source, on: inventory)
            #expect(delivery.message == message)
            #expect(delivery.attempt == 1)
            #expect(delivery.attemptsMax == 4)

            let output = envelope("charge")
            let results = try await inventory.settle(
                [
                    settlement(
                        delivery, .ack,
                        outputs: [Output(queue: "payment", message: output, delayMilliseconds: 0)])
                ],
                in: "inventory")
            #expect(results.map(\.code) == [0])

            let target = try await payment.consume("payment", credit: 1)
            var outputs = target.makeAsyncIterator()
            let charge = try await next(&outputs, of: target, on: payment)
            #expect(charge.message == output)
            #expect(
                try await inventory.standings(of: [MessageID(message.id)], in: "inventory")
                    == [.settled])
            #expect(
                try await inventory.standings(of: [MessageID(output.id)], in: "payment")
                    == [.held])
        }
    }

    @Test func `a message that is published twice is delivered once [B-2]`() async throws {
        try await BridgeFixture().run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let inventory = try clients.broker(as: "inventoryd")
            let (first, second) = (envelope("first"), envelope("second"))
            let sequence = try await ingest.publish(first, to: "inventory").sequence
            let again = try await ingest.publish(first, to: "inventory")
            #expect(again.sequence == sequence)

            let source = try await inventory.consume("inventory", credit: 1)
            var deliveries = source.makeAsyncIterator()
            let delivery = try await next(&deliveries, of: source, on: inventory)
            #expect(delivery.message == first)
            #expect(try await ingest.publish(first, to: "inventory").duplicate)
            _ = try await inventory.settle([settlement(delivery, .ack)], in: "inventory")
            #expect(try await ingest.publish(first, to: "inventory").duplicate)

            _ = try await ingest.publish([second], to: "inventory")
            let other = try await next(&deliveries, of: source, on: inventory)
            #expect(other.message == second)
        }
    }

    @Test func `after four attempts a message is dead, and a redrive gives four more [B-13, B-17]`()
        async throws
    {
        try await BridgeFixture().run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let inventory = try clients.broker(as: "inventoryd")
            let alice = try clients.operator()
            let message = envelope("poison")
            _ = try await ingest.publish(message, to: "inventory")
            let source = try await inventory.consume("inventory", credit: 1)
            var deliveries = source.makeAsyncIterator()
            for attempt in 1...4 {
                let delivery = try await next(&deliveries, of: source, on: inventory)
                #expect(delivery.attempt == UInt32(attempt))
                let results = try await inventory.settle(
                    [settlement(delivery, .retry, reason: "no \(attempt)")], in: "inventory")
                #expect(results.map(\.code) == [0])
            }
            for _ in 0..<2 {
                let letters = try await alice.deadLetters(of: "inventory")
                #expect(letters.map(\.message) == [message])
                #expect(letters.first?.reason == "no 4")
                #expect(letters.first?.attempts.map(\.error) == ["no 1", "no 2", "no 3", "no 4"])
            }
            let redriven = try await alice.redrive(
                Redrive("inventory", who: "alice", why: "repaired"))
            #expect(redriven.count == 1)
            let delivery = try await next(&deliveries, of: source, on: inventory)
            #expect(delivery.message == message)
            #expect(delivery.attempt == 1)
            #expect(try await alice.deadLetters(of: "inventory").isEmpty)
        }
    }

    @Test func `a release burns no attempt, and neither does a stop [B-14]`() async throws {
        try await BridgeFixture().run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let inventory = try clients.broker(as: "inventoryd")
            _ = try await ingest.publish(envelope("x"), to: "inventory")
            let source = try await inventory.consume("inventory", credit: 1)
            var deliveries = source.makeAsyncIterator()
            let first = try await next(&deliveries, of: source, on: inventory)
            _ = try await inventory.settle([settlement(first, .release)], in: "inventory")
            let second = try await next(&deliveries, of: source, on: inventory)
            #expect(second.attempt == 1)
            #expect(second.acquired == 2)
            #expect(second.token > first.token)
            try await inventory.stop(source)

            let other = try await inventory.consume("inventory", credit: 1)
            var again = other.makeAsyncIterator()
            let third = try await next(&again, of: other, on: inventory)
            #expect(third.attempt == 1)
            #expect(third.acquired == 3)
            let stale = try await inventory.settle([settlement(second, .ack)], in: "inventory")
            #expect(stale.map(\.code) == [WireErrorCode.staleLease.rawValue])
        }
    }

    @Test func `a settlement whose output is refused is refused, and the lease goes on [B-12]`()
        async throws
    {
        let fixture = try await BridgeFixture()
        let desk = try fixture.cloud.desk
        try await fixture.run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let inventory = try clients.broker(as: "inventoryd")
            try await clients.operator().declare(
                Declare(
                    queue: "payment", leaseMilliseconds: 30_000, attemptsMax: 4,
                    backoffBaseMilliseconds: 1, backoffMaxMilliseconds: 1, depthMax: 1,
                    byteDepthMax: 1 << 20, who: "", why: "", holdBehindDead: false))
            // Behind the bridge's back: what it knows of a depth may be a second old.
            let payment = try await desk.catalog.find("payment")
            let filler = StoredOutput(envelope("fills"), to: payment.name)
            for outcome in await desk.publisher.publish([filler], to: payment) {
                _ = try outcome.get()
            }
            _ = try await ingest.publish([envelope("a")], to: "inventory")
            let source = try await inventory.consume("inventory", credit: 1)
            var deliveries = source.makeAsyncIterator()
            let delivery = try await next(&deliveries, of: source, on: inventory)
            let output = Output(
                queue: "payment", message: envelope("too much"), delayMilliseconds: 0)
            let refused = try await inventory.settle(
                [settlement(delivery, .ack, outputs: [output])], in: "inventory")
            #expect(refused.map(\.code) == [WireErrorCode.queueFull.rawValue])
            #expect(refused.map(\.effect) == [.notApplied])
            #expect(
                try await inventory.standings(of: [MessageID(output.message.id)], in: "payment")
                    == [.neverSeen])
            let undo = Output(
                queue: "payment", message: envelope("undo", priority: .compensation),
                delayMilliseconds: 0)
            let settled = try await inventory.settle(
                [settlement(delivery, .ack, outputs: [undo])], in: "inventory")
            #expect(settled.map(\.code) == [0])
        }
    }

    @Test func `what the policy does not name is refused [B-18]`() async throws {
        try await BridgeFixture().run { clients in
            let payment = try clients.broker(as: "paymentd")
            await #expect(throws: CallError.self) {
                try await payment.publish(envelope("x"), to: "payment")
            }
            let error = await #expect(throws: CallError.self) {
                _ = try await payment.consume("inventory", credit: 1)
            }
            #expect(error?.code == .notPermitted)
        }
    }

    @Test func `a bridge without a cloud runs, says why it is not ready, and refuses`()
        async throws
    {
        let fixture = try await BridgeFixture(isConfigured: false)
        #expect(fixture.readiness.checks["cloud"]?.reason == "aws.region is not set")
        try await fixture.run { clients in
            let ingest = try clients.broker(as: "ingestd")
            let error = await #expect(throws: CallError.self) {
                try await ingest.publish(envelope("x"), to: "inventory")
            }
            #expect(error?.code == .unavailable)
            #expect(error?.effect == .notApplied)
        }
    }
}
