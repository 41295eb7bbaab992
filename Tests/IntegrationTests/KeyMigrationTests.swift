// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing
import Wire

/// `meshctl cloud migrate` with idempotency keys: between PostgreSQL and DynamoDB, by built programs.
@Suite(.serialized, .timeLimit(.minutes(5))) struct KeyMigrationTests {
    @Test func `keys go to AWS and back, and each repeat gets its order and its time all the way`()
        async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        let names = (0..<20).map { "cart-\($0)" }
        let first = try await place(names, world, keysWith: nil)
        #expect(first.allSatisfy { $0.status == 202 })

        let out = try world.migrate(from: world.broker, to: bridge, journal: "keys-out")
        #expect(await out.end() == 0, "\(out.lines)")
        #expect(
            out.lines.contains(
                "keys: 20 at the source before, 20 moved, 0 expired meanwhile, 0 left"))
        #expect(try await world.database.number("SELECT count(*) FROM idempotency_keys") == 0)
        let there = try await place(names, world, keysWith: bridge)
        expectRepeats(there, of: first)
        let later = try await place(["later"], world, keysWith: bridge)
        #expect(later.map(\.status) == [202])

        let second = try await world.servers.broker()
        let back = try world.migrate(from: bridge, to: second, journal: "keys-back")
        #expect(await back.end() == 0, "\(back.lines)")
        #expect(
            back.lines.contains(
                "keys: 21 at the source, 21 in the database now, 0 named an order that was never stored"
            ))
        let home = try await place(names + ["later"], world, keysWith: nil)
        expectRepeats(home, of: first + later)
        #expect(try await world.database.number("SELECT count(*) FROM orders") == 21)
    }

    @Test(arguments: [1, 3])
    func `killed in the middle, the same command goes on, and the counts match`(
        pageCount: Int
    ) async throws {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        try await fill(world, count: 3_000)
        let killed = try world.migrate(from: world.broker, to: bridge, journal: "killed")
        var isThere = false
        while !isThere, !killed.hasEnded {
            isThere = world.servers.lineCount("named", in: "killed") >= pageCount
            await Task.yield()
        }
        killed.signal(SIGKILL)
        #expect(await killed.end() == SIGKILL)
        let again = try world.migrate(from: world.broker, to: bridge, journal: "killed")
        #expect(await again.end() == 0, "\(again.lines)")
        #expect(
            again.lines.contains(
                "keys: 3000 at the source before, 3000 moved, 0 expired meanwhile, 0 left"))
        let keys = try await world.keys(of: bridge)
        #expect(keys.count == 3_000)
        #expect(Set(keys.map(\.key)).count == 3_000)
        #expect(try await world.database.number("SELECT count(*) FROM idempotency_keys") == 0)
    }

    @Test func `a key that names another order at the target stays, and the command says so`()
        async throws
    {
        let world = try await KeyWorld()
        let bridge = try await world.bridge()
        _ = try await place(["k"], world, keysWith: bridge)
        try await world.database.run(
            """
            INSERT INTO idempotency_keys (tenant, key, body_hash, state, order_id, expires_at)
            VALUES ('default', 'k', sha256('another'), 'done',
                '0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b', now() + interval '1 day')
            """, [])
        let move = try world.migrate(from: world.broker, to: bridge, journal: "other")
        #expect(await move.end() == 1, "\(move.lines)")
        #expect(
            move.lines.contains { $0.hasPrefix("does not match: keys: default/k at the target:") })
        #expect(try await world.database.number("SELECT count(*) FROM idempotency_keys") == 1)
    }

    // MARK: - Words of these tests

    /// By a daemon of its own, which ends before the keys are moved on.
    private func place(
        _ names: [String], _ world: KeyWorld, keysWith bridge: DaemonProcess?
    ) async throws -> [KeyWorld.Answer] {
        let ingest = try await world.ingest(keysWith: bridge)
        var answers: [KeyWorld.Answer] = []
        for name in names { answers.append(try await world.place(name, at: ingest)) }
        #expect(await ingest.end() == 0)
        return answers
    }

    private func expectRepeats(_ answers: [KeyWorld.Answer], of first: [KeyWorld.Answer]) {
        #expect(answers.allSatisfy { $0.status == 200 && $0.isReplayed })
        #expect(answers.map(\.body.order) == first.map(\.body.order))
        #expect(answers.map(\.body.keyExpires) == first.map(\.body.keyExpires))
    }

    /// Keys of orders that nobody asks for.
    private func fill(_ world: KeyWorld, count: Int) async throws {
        try await world.database.run(
            """
            INSERT INTO idempotency_keys (tenant, key, body_hash, state, order_id, expires_at)
            SELECT 'acme', 'key-' || n, sha256(convert_to(n::text, 'UTF8')), 'done',
                ('0190a1b2-c3d4-7e5f-8a6b-' || lpad(to_hex(n), 12, '0'))::uuid,
                now() + interval '1 day'
            FROM generate_series(1, \(count)) AS n
            """, [])
    }
}
