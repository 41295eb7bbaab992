// SPDX-License-Identifier: MIT
import Foundation
import Orders
import TestSupport
import Testing
import Wire

/// One key, one order, with the keys on AWS and the orders in PostgreSQL: built daemons, killed and cut
/// off between the two. What is told of one mode is what the other answers: both are tried.
@Suite(.serialized, .timeLimit(.minutes(3))) struct KeyServiceTests {
    /// - Parameter isServed: whether keys are with the service; else with the orders.
    @Test(arguments: [true, false])
    func `sixty-four at once through two daemons make one order of one key [O-2] [K-10]`(
        isServed: Bool
    ) async throws {
        let world = try await KeyWorld()
        let bridge = isServed ? try await world.bridge() : nil
        let ingests = [
            try await world.ingest(keysWith: bridge), try await world.ingest(keysWith: bridge),
        ]
        let answers = try await withThrowingTaskGroup(of: KeyWorld.Answer.self) { group in
            for number in 0..<64 {
                group.addTask { try await world.place("one", at: ingests[number % 2]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status).sorted() == Array(repeating: 200, count: 63) + [202])
        #expect(answers.count { $0.isReplayed } == 63)
        #expect(Set(answers.map(\.body.order)).count == 1)
        #expect(Set(answers.map(\.body.keyExpires)).count == 1)
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 1)
        let keyCount = try await world.database.number("SELECT count(*) FROM idempotency_keys")
        #expect(keyCount == (isServed ? 0 : 1))
        if let bridge {
            let keys = try await world.keys(of: bridge)
            #expect(keys.map(\.order.description) == answers.prefix(1).map(\.body.order))
        }
        for ingest in ingests { #expect(await ingest.end() == 0) }
    }

    @Test(arguments: [true, false])
    func `another body under a key is refused, at either daemon, and stores nothing [O-3]`(
        isServed: Bool
    ) async throws {
        let world = try await KeyWorld()
        let bridge = isServed ? try await world.bridge() : nil
        let one = try await world.ingest(keysWith: bridge)
        let other = try await world.ingest(keysWith: bridge)
        let placed = try await world.place("k", at: one)
        #expect(placed.status == 202 && !placed.isReplayed)
        for ingest in [one, other] {
            let refused = try await world.place("k", quantity: 2, at: ingest)
            #expect(refused.status == 422)
            #expect(refused.body.code == "key_conflict" && refused.body.effect == "not_applied")
            let repeated = try await world.place("k", at: ingest)
            #expect(repeated.status == 200 && repeated.isReplayed)
            #expect(repeated.body.order == placed.body.order)
            #expect(repeated.body.keyExpires == placed.body.keyExpires)
        }
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 1)
    }

    @Test func `a daemon killed between claim and order leaves a name, and the repeat stores it`()
        async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        let doomed = try await world.ingest(keysWith: bridge)
        try await world.holdOrdersUp()
        let cut = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                do { return try await world.place("k", at: doomed).status } catch { return 0 }
            }
            do { try await world.awaitHeldUp() } catch { Issue.record(error) }
            await doomed.end(by: SIGKILL)
            return await group.next() ?? -1
        }
        #expect(cut == 0, "the customer heard nothing")
        try await world.letOrdersIn()
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 0)
        let names = try await world.keys(of: bridge)
        #expect(names.count == 1)
        // Another body is a conflict even now: it may have been accepted, for all that anybody knows.
        let other = try await world.ingest(keysWith: bridge)
        #expect(try await world.place("k", quantity: 2, at: other).status == 422)
        let placed = try await world.place("k", at: other)
        #expect(placed.status == 202 && !placed.isReplayed)
        #expect(placed.body.order == names.first?.order.description)
        #expect(try await world.place("k", at: other).body.order == placed.body.order)
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 1)
        #expect(await other.end() == 0)
    }

    @Test func `a repeat that meets its first request under way waits, and gets its answer`()
        async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        let one = try await world.ingest(keysWith: bridge)
        let other = try await world.ingest(keysWith: bridge)
        try await world.holdOrdersUp()
        async let first = world.place("k", at: one)
        try await world.awaitHeldUp()
        async let second = world.place("k", at: other)
        try await world.awaitHeldUp(2)
        try await world.letOrdersIn()
        let answers = try await [first, second]
        #expect(answers.map(\.status).sorted() == [200, 202])
        #expect(Set(answers.map(\.body.order)).count == 1)
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 1)
    }

    @Test func `while the service is away nothing is stored, and the refusal says when to come`()
        async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        let ingest = try await world.ingest(keysWith: bridge)
        let before = try await world.place("before", at: ingest)
        await bridge.end(by: SIGKILL)
        for key in ["before", "new"] {
            let refused = try await world.place(key, at: ingest)
            #expect(refused.status == 503)
            #expect(refused.body.code == "unavailable" && refused.body.cause == "away")
            #expect(refused.body.effect == "not_applied")
            #expect(refused.retryAfter.flatMap(Int.init).map { $0 > 0 } == true)
        }
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 1)
        let again = try await world.bridge(port: bridge.port("mesh"))
        defer { withExtendedLifetime(again) {} }
        var repeated = try await world.place("before", at: ingest)
        while repeated.status == 503 { repeated = try await world.place("before", at: ingest) }
        #expect(repeated.isReplayed && repeated.body.order == before.body.order)
        #expect(try await world.place("new", at: ingest).status == 202)
    }

    @Test(arguments: [true, false])
    func `a key is free again once it has expired, and not before [K-4]`(
        isServed: Bool
    ) async throws {
        let world = try await KeyWorld()
        let bridge = isServed ? try await world.bridge() : nil
        let ingest = try await world.ingest(
            keysWith: bridge, ["MESH_KEYS_LIFETIME": "3s"])
        let begin = ContinuousClock.now
        let first = try await world.place("k", at: ingest)
        var latest = try await world.place("k", at: ingest)
        #expect(latest.body.order == first.body.order)
        // At that very moment it may be told to come again.
        while latest.body.order == first.body.order || latest.status == 409 {
            latest = try await world.place("k", at: ingest)
        }
        #expect(ContinuousClock.now - begin >= .milliseconds(2_900))
        #expect(latest.status == 202 && !latest.isReplayed)
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 2)
    }

    @Test func `a daemon does not start on a service while keys lie in its database`() async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        let ingest = try await world.ingest(keysWith: nil)
        _ = try await world.place("k", at: ingest)
        #expect(await ingest.end() == 0)
        let error = await #expect(throws: DaemonProcess.Failed.self) {
            _ = try await world.ingest(keysWith: bridge)
        }
        #expect(error?.lastWords.joined().contains("meshctl cloud migrate") == true)
    }
}
