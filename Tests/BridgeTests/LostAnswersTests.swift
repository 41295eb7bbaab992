// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Bridge

/// The bridge when AWS does what it is asked, and its answers do not arrive.
@Suite struct LostAnswersTests {
    @Test func `with one answer in six lost, nothing is lost and nothing comes twice`()
        async throws
    {
        let count = 15
        let transport = LossyTransport(seed: 7, lossPercent: 16)
        let fixture = try await BridgeFixture(transport: transport)
        try await fixture.run { clients in
            try await clients.operator().declare(Self.shortLeases("inventory"))
            let ingest = try clients.broker(as: "ingestd")
            let messages = (0..<count).map { envelope("message \($0)") }
            for message in messages { try await Self.publish(message, by: ingest) }

            let inventory = try clients.broker(as: "inventoryd")
            let payment = try clients.broker(as: "paymentd")
            async let moved: Void = Self.move(count, by: inventory)
            let outputs = try await Self.drain(count, of: "payment", by: payment)
            try await moved
            #expect(Set(outputs) == Set(messages.map { Self.output(of: $0.id) }))
            #expect(outputs.count == count)
        }
        #expect(transport.lostCount > 5)
    }

    /// Until it is known to be there: the same id is the same message.
    private static func publish(_ message: Envelope, by client: BrokerClient) async throws {
        for _ in 0..<20 {
            do throws(CallError) {
                _ = try await client.publish(message, to: "inventory")
                return
            } catch {
                #expect(error.effect == .maybeApplied)
            }
        }
        Issue.record("twenty attempts to publish failed")
    }

    /// Hands each message on, under an id that follows from its own.
    private static func move(_ count: Int, by client: BrokerClient) async throws {
        let source = try await client.consume("inventory", credit: 10)
        var settled: Set<UniqueID> = []
        for try await batch in source {
            let settlements = batch.deliveries.map { delivery in
                var message = delivery.message
                message.id = output(of: message.id)
                return settlement(
                    delivery, .ack,
                    outputs: [Output(queue: "payment", message: message, delayMilliseconds: 0)])
            }
            let results = try await client.settle(settlements, in: "inventory")
            for id in try await done(batch.deliveries, results, in: "inventory", by: client) {
                #expect(settled.insert(id).inserted, "settled twice")
            }
            client.grant(batch.deliveries.count, for: batch, of: source)
            if settled.count == count { return }
        }
    }

    /// Acks until `count` messages are settled; their ids, one for each settlement that was done.
    private static func drain(
        _ count: Int, of queue: String, by client: BrokerClient
    ) async throws -> [UniqueID] {
        let source = try await client.consume(queue, credit: 10)
        var settled: [UniqueID] = []
        for try await batch in source {
            let results = try await client.settle(
                batch.deliveries.map { settlement($0, .ack) }, in: queue)
            settled += try await done(batch.deliveries, results, in: queue, by: client)
            client.grant(batch.deliveries.count, for: batch, of: source)
            if settled.count >= count { break }
        }
        return settled
    }

    /// The ids of what is settled. Where that is uncertain, the bridge is asked, as a stage does.
    private static func done(
        _ deliveries: [Delivery], _ results: [SettleResult], in queue: String,
        by client: BrokerClient
    ) async throws -> [UniqueID] {
        var ids: [UniqueID] = []
        for (delivery, result) in zip(deliveries, results) {
            let id = delivery.message.id
            if result.code == 0 {
                ids.append(id)
            } else if result.effect == .maybeApplied {
                let standings = try await client.standings(of: [MessageID(id)], in: queue)
                if standings == [.settled] { ids.append(id) }
            }
        }
        return ids
    }

    private static func output(of id: UniqueID) -> UniqueID {
        UniqueID(high: id.high ^ 1, low: id.low)
    }

    private static func shortLeases(_ queue: String) -> Declare {
        Declare(
            queue: queue, leaseMilliseconds: 1_000, attemptsMax: 20, backoffBaseMilliseconds: 1,
            backoffMaxMilliseconds: 1, depthMax: 1_000, byteDepthMax: 1 << 20, who: "", why: "",
            holdBehindDead: false)
    }
}
