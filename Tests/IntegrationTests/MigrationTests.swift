// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Orders
import PostgresStore
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

@Suite(.serialized, .timeLimit(.minutes(10))) struct MigrationTests {
    private let world: MigrationWorld

    init() throws { world = try MigrationWorld() }

    private static func messages(_ count: Int, of text: String) -> [Envelope] {
        (0..<count).map { message($0, text) }
    }

    private static func message(_ index: Int, _ text: String) -> Envelope {
        // Some share a group, and must keep their order.
        let group: UniqueID = index % 3 == 0 ? UniqueID(high: 7, low: 7) : .zero
        let priority: Priority = index % 5 == 0 ? .compensation : .normal
        return Envelope(
            id: UniqueID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)),
            trace: UniqueID(high: 1, low: UInt64(index)), group: group,
            tenant: index % 2 == 0 ? "acme" : "globex", priority: priority,
            notBeforeMilliseconds: 0, body: ByteBuffer(string: "\(text) \(index)"))
    }

    /// Of no group: what comes to an order behind its dead letter is held.
    private static func poison(_ count: Int) -> [Envelope] {
        messages(count, of: "poison").map { message in
            var message = message
            message.group = .zero
            return message
        }
    }

    /// Publishes, and lets those in `failing` fail until they are dead.
    private func fill(
        _ daemon: DaemonProcess, _ queue: String, _ messages: [Envelope], failing: [Envelope] = []
    ) async throws {
        try await world.withClient(of: daemon) { client in
            for start in stride(from: 0, to: failing.count, by: 100) {
                let _: [UInt64] = try await client.publish(
                    Array(failing[start..<min(start + 100, failing.count)]), to: queue)
            }
            if !failing.isEmpty {
                let subscription = try await client.consume(queue, credit: 100)
                var deadCount = 0
                for try await batch in subscription {
                    let settlements = batch.deliveries.map {
                        Settlement(
                            sequence: $0.sequence, token: $0.token, verdict: .retry,
                            retryAfterMilliseconds: 1, reason: "no \($0.attempt)", outputs: [])
                    }
                    _ = try await client.settle(settlements, in: queue)
                    deadCount += batch.deliveries.count { $0.attempt == $0.attemptsMax }
                    client.grant(batch.deliveries.count, for: batch, of: subscription)
                    if deadCount == failing.count { break }
                }
                try await client.stop(subscription)
            }
            for start in stride(from: 0, to: messages.count, by: 100) {
                let _: [UInt64] = try await client.publish(
                    Array(messages[start..<min(start + 100, messages.count)]), to: queue)
            }
        }
    }

    @Test func `a mesh goes to AWS and to another broker, and every message is as it was`()
        async throws
    {
        let (first, bridge, second) = (
            try await world.broker(), try await world.bridge(), try await world.broker()
        )
        var inventory = Self.messages(40, of: "reserve")
        inventory[1].notBeforeMilliseconds = UInt64(Date.now.timeIntervalSince1970 * 1_000) + 2_500
        let dead = Self.poison(3)
        let payment = Self.messages(25, of: "charge")
        try await fill(first, "inventory", inventory, failing: dead)
        try await fill(first, "payment", payment)

        let out = try world.migrate(from: first, to: bridge, journal: "out")
        #expect(await out.end() == 0, "\(out.lines)")
        #expect(out.lines.last == "moved: all counts match")
        let back = try world.migrate(from: bridge, to: second, journal: "back")
        #expect(await back.end() == 0, "\(back.lines)")

        let letters = Set(
            dead.map { message in
                [message.id: ["no 1", "no 2", "no 3", "no 4"]]
            })
        let kept = try await world.contents(of: "inventory", at: second, count: 40)
        #expect(Set(kept.live) == Set(inventory.map(MigrationWorld.Kept.init)))
        #expect(kept.live.count == 40)
        #expect(Set(kept.dead.map { [$0.message.id: $0.errors] }) == letters)
        #expect(Set(kept.dead.map(\.reason)) == ["no 4"])
        let charged = try await world.contents(of: "payment", at: second, count: 25)
        #expect(Set(charged.live) == Set(payment.map(MigrationWorld.Kept.init)))
        for daemon in [first, bridge] {
            let left = try await world.withClient(of: daemon) { try await $0.stats().queues }
            #expect(left.allSatisfy { $0.ready + $0.leased + $0.delayed + $0.dead == 0 })
        }
    }

    /// Between brokers the order of a group is kept; SQS knows no groups.
    @Test func `groups keep their order from broker to broker`() async throws {
        let (first, second) = (try await world.broker(), try await world.broker())
        let messages = Self.messages(60, of: "step").map { message in
            var message = message
            message.priority = .normal
            message.tenant = "acme"
            message.group = UniqueID(high: 7, low: 7)
            return message
        }
        try await fill(first, "payment", messages)
        let move = try world.migrate(from: first, to: second, journal: "groups")
        #expect(await move.end() == 0, "\(move.lines)")
        let kept = try await world.contents(of: "payment", at: second, count: 60)
        #expect(kept.live == messages.map(MigrationWorld.Kept.init))
    }

    @Test(arguments: [("queue", 1), ("buried", 1), ("moving", 1), ("moving", 3), ("moving", 5)])
    func `killed at any point, the same command goes on, and nothing is lost or twice`(
        kind: String, count: Int
    ) async throws {
        let (source, target) = (try await world.broker(), try await world.bridge())
        let inventory = Self.messages(400, of: "reserve")
        let dead = Self.poison(4)
        try await fill(source, "inventory", inventory, failing: dead)
        let killed = try world.migrate(from: source, to: target, journal: "killed")
        var isThere = false
        while !isThere, !killed.hasEnded {
            isThere = world.lineCount(kind, in: "killed") >= count
            await Task.yield()
        }
        killed.signal(SIGKILL)
        #expect(await killed.end() == SIGKILL)

        let again = try world.migrate(from: source, to: target, journal: "killed")
        // What did not arrive is not waited for.
        try #require(
            await again.end() == 0, "\(again.lines) \(source.lastLines) \(target.lastLines)")
        let kept = try await world.contents(of: "inventory", at: target, count: 400)
        #expect(kept.live.count == 400)
        #expect(Set(kept.live) == Set(inventory.map(MigrationWorld.Kept.init)))
        #expect(Set(kept.dead.map(\.message.id)) == Set(dead.map(\.id)))
    }

    @Test func `what would be lost at a mesh that gave it away is refused, and stays`()
        async throws
    {
        let (first, second) = (try await world.broker(), try await world.broker())
        let messages = Self.messages(10, of: "charge")
        try await fill(first, "payment", messages)
        let out = try world.migrate(from: first, to: second, journal: "there")
        #expect(await out.end() == 0, "\(out.lines)")
        let back = try world.migrate(from: second, to: first, journal: "back again")
        #expect(await back.end() == 1)
        #expect(back.lines.contains { $0.contains("has settled") }, "\(back.lines)")
        let kept = try await world.contents(of: "payment", at: second, count: 10)
        #expect(Set(kept.live) == Set(messages.map(MigrationWorld.Kept.init)))
    }

    @Test func `a bucket begins with what the other has left, however often it is moved`()
        async throws
    {
        let database = try PrivatePostgres.make()
        defer { database.pool.close() }
        let (broker, bridge) = (try await world.broker(), try await world.bridge())
        let limiter = try await world.start(
            "ratelimitd", ["MESH_POSTGRES_CONNINFO": database.connectionInfo])
        let acme = try TenantID("acme")
        let plan = RatePlan(
            tenant: "acme", ratePerSecond: 1, burst: 1_000, weight: 2, depthMax: 9,
            concurrency: 0, shadow: false, whenAway: .refuse)
        let left = try await world.withConnection(to: limiter) { connection in
            let client = LimiterClient(connection)
            _ = try await client.setPlan(plan, by: "alice", because: "test")
            #expect(try await client.take(800, of: acme).granted)
            return try await client.peek(acme).remaining
        }
        for _ in 0..<2 {
            let move = try world.migrate(
                from: broker, to: bridge, journal: "buckets",
                ["--from-limiter", "127.0.0.1:\(limiter.port("mesh"))", "--tenant", "acme"])
            #expect(await move.end() == 0, "\(move.lines)")
        }
        let (moved, now) = try await world.withConnection(to: bridge) { connection in
            let client = LimiterClient(connection)
            return (try await client.plan(of: "acme"), try await client.peek(acme).remaining)
        }
        #expect(moved.burst == 1_000)
        #expect(moved.weight == 2)
        // One token a second comes back on both sides while this runs; a minted bucket has 1,000.
        #expect(now >= left)
        #expect(now < left + 120)
    }
}
