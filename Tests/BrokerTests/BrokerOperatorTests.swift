// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Broker
@testable import QueueState

/// Operators' verbs over the wire.
@Suite struct BrokerOperatorTests {
    @Test func `a queue is paused and resumed, its watchers told, and the audit names both`()
        async throws
    {
        try await BrokerFixture.with { _, client in
            let (told, tell) = AsyncStream.makeStream(of: Depth.self)
            client.watchDepth(of: "payment") { tell.yield($0) }
            var depths = told.makeAsyncIterator()
            #expect(await depths.next()?.paused == false)
            try await client.pause("payment", who: "alice", why: "the provider is down")
            // The depth as it was may be told twice: at once, and after the connection opened.
            while let depth = await depths.next(), !depth.paused { #expect(depth.depth == 0) }
            _ = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            let subscription = try await client.consume("payment", credit: 1)
            #expect(try await client.stats(of: "payment").queues.first?.paused == true)
            #expect(try await client.stats(of: "payment").queues.first?.ready == 1)
            try await client.resume("payment", who: "alice", why: "it is back")
            var batches = subscription.makeAsyncIterator()
            #expect(try await batches.next()?.deliveries.count == 1)
            let acts = try await client.acts()
            #expect(acts.map(\.verb) == [.resume, .pause] && acts.map(\.number) == [2, 1])
            #expect(acts.allSatisfy { $0.queue == "payment" && $0.who.hasSuffix("test: alice") })
            #expect(acts.map(\.why) == ["it is back", "the provider is down"])
        }
    }

    @Test func `a full queue says how full it is in fields`() async throws {
        try await BrokerFixture.with(depthMax: 2) { _, client in
            for id in UInt64(1)...2 {
                _ = try await client.publish(BrokerFixture.envelope(id), to: "payment")
            }
            let error = await #expect(throws: CallError.self) {
                try await client.publish(BrokerFixture.envelope(3), to: "payment")
            }
            #expect(
                error?.pressure
                    == Wire.QueuePressure(depth: 2, depthMax: 2, inBytes: false, drainPerSecond: 0))
        }
    }

    @Test func `dead letters are searched, redriven by filter, and the rest purged`() async throws {
        try await BrokerFixture.with { _, client in
            for id in UInt64(1)...3 {
                var envelope = BrokerFixture.envelope(id)
                envelope.tenant = id == 2 ? "globex" : "acme"
                _ = try await client.publish(envelope, to: "payment")
            }
            try await Self.kill(client, count: 3)
            var filter = DeadLetterFilter.all
            filter.tenant = "acme"
            let page = try await client.search(
                DeadLetters(queue: "payment", after: 0, limit: 1, filter: filter))
            #expect(page.letters.map(\.sequence) == [1] && page.next == 1)
            let rest = try await client.search(
                DeadLetters(queue: "payment", after: page.next, limit: 10, filter: filter))
            #expect(rest.letters.map(\.sequence) == [3] && rest.next == 0)
            var redrive = Redrive("payment", who: "alice", why: "mended")
            (redrive.filter, redrive.id) = (filter, UniqueID(high: 3, low: 4))
            let first = try await client.redrive(redrive)
            #expect(first.count == 2 && !first.more && !first.repeated)
            let second = try await client.redrive(redrive)
            #expect(second.count == 2 && second.repeated)
            let purge = Purge(queue: "payment", dead: true, who: "alice", why: "a test order")
            #expect(try await client.purge(purge) == Purged(count: 1, more: false))
            let stats = try #require(try await client.stats(of: "payment").queues.first)
            #expect(stats.dead == 0 && stats.ready == 2)
        }
    }

    @Test func `a dead letter that cannot be read is told, with file, offset and cause [B-26]`()
        async throws
    {
        let fixture = BrokerFixture()
        defer { try? FileManager.default.removeItem(atPath: fixture.directory) }
        let id = try fixture.writeUnreadableLetter()
        try await fixture.run { _, client in
            _ = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            try await Self.kill(client, count: 1)
            let letters = try await client.deadLetters(of: "payment")
            #expect(letters.map(\.sequence) == [1, 2])
            let lost = try #require(letters.first)
            #expect(lost.message.id == id && lost.message.body.readableBytes == 0)
            #expect(lost.reason == "broken" && lost.attempts.map(\.worker) == ["worker"])
            #expect(lost.unreadable.wholeMatch(of: /\d{10}\.segment, record at \d+: .+/) != nil)
            #expect(letters[1].unreadable.isEmpty)
            let purge = Purge(queue: "payment", dead: true, who: "alice", why: "looked at")
            #expect(try await client.purge(purge) == Purged(count: 2, more: false))
        }
        try await fixture.shutDown()
    }

    @Test func `a refused output says in fields how full its queue is [B-12]`() async throws {
        try await BrokerFixture.with(depthMax: 1) { _, client in
            _ = try await client.publish(BrokerFixture.envelope(1), to: "payment")
            _ = try await client.publish(BrokerFixture.envelope(2), to: "fulfillment")
            var batches = try await client.consume("payment", credit: 1).makeAsyncIterator()
            let delivery = try #require(try await batches.next()?.deliveries.first)
            let output = Output(
                queue: "fulfillment", message: BrokerFixture.envelope(3), delayMilliseconds: 0)
            let refused = try await client.settle(
                [BrokerFixture.ack(delivery, outputs: [output])], in: "payment")
            #expect(refused.map(\.code) == [WireErrorCode.queueFull.rawValue])
            #expect(
                refused.map(\.pressure) == [
                    Wire.QueuePressure(depth: 1, depthMax: 1, inBytes: false, drainPerSecond: 0)
                ])
            let done = try await client.settle([BrokerFixture.ack(delivery)], in: "payment")
            #expect(done == [.done])
        }
    }

    @Test func `ingestd sets weights, and may do nothing else that operators do`() async throws {
        try await BrokerFixture.with(peer: .service("ingestd")) { _, client in
            let weights = [TenantWeight(tenant: "acme", weight: 4)]
            let request = SetWeights(weights: weights, who: "", why: "plans")
            let answer = try await client.setWeights(request)
            let known = try await client.weights()
            #expect(answer == weights && known == weights)
            let bad = SetWeights(
                weights: [TenantWeight(tenant: "acme", weight: 0)], who: "", why: "plans")
            let refusal = await #expect(throws: CallError.self) {
                try await client.setWeights(bad)
            }
            #expect(refusal?.code == .badMessage)
            // [B-18]
            for call in Self.forbidden {
                let error = await #expect(throws: CallError.self) { try await call(client) }
                #expect(error?.code == .notPermitted)
            }
        }
    }

    @Test func `the engine's limits are those of the protocol`() {
        #expect(QueueEngine.moveCountMax == WireLimits.moveCountMax)
        #expect(AuditTrail.countMax == WireLimits.auditCountMax)
        #expect(TenantWeights.countMax == WireLimits.weightCountMax)
        #expect(TenantWeights.weightMax == UInt32(WireLimits.weightMax))
    }

    private static let forbidden: [@Sendable (BrokerClient) async throws -> Void] = [
        { try await $0.pause("payment", who: "", why: "x") },
        { try await $0.resume("payment", who: "", why: "x") },
        { _ = try await $0.purge(Purge(queue: "payment", dead: true, who: "", why: "x")) },
        { _ = try await $0.redrive(Redrive("payment", who: "", why: "x")) },
        { _ = try await $0.deadLetters(of: "payment") },
        { _ = try await $0.acts() },
    ]

    /// Has `count` messages die.
    private static func kill(_ client: BrokerClient, count: Int) async throws {
        let subscription = try await client.consume("payment", credit: UInt32(count))
        var left = count
        for try await batch in subscription {
            _ = try await client.settle(
                batch.deliveries.map { BrokerFixture.settlement($0, .dead, reason: "broken") },
                in: "payment")
            left -= batch.deliveries.count
            if left == 0 { break }
        }
        try await client.stop(subscription)
    }
}
