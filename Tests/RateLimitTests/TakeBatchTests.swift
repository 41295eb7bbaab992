// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import PostgresStore
import Sessions
import TestSupport
import Testing
import Wire

/// Frames of many takes, from outside. One at a time: each runs daemons and a database.
@Suite(.serialized) struct TakeBatchTests {
    /// A plan of `burst` tokens that come back at once between frames, and not within one: its takes
    /// are all of one instant.
    private struct Burst {
        let tenant: String
        let count: Int64
        var rate: Int64 = 1_000_000
    }

    private func database(_ bursts: Burst...) async throws -> PrivatePostgres {
        let database = try PrivatePostgres.make(connectionCount: 1)
        for burst in bursts {
            try await database.pool.query(
                PostgresStatement(
                    "test.plan",
                    "INSERT INTO plans (tenant, rate_per_second, burst) VALUES ($1, $2, $3)"),
                [.text(burst.tenant), .int64(burst.rate), .int64(burst.count)])
        }
        return database
    }

    /// What one frame of (tenant, cost) is answered.
    private func decide(
        _ takes: [(String, UInt32)], on database: PrivatePostgres
    ) async throws -> [Decision] {
        let fixture = try await LimiterFixture(on: database)
        let requests = takes.map {
            TokenRequest(tenant: $0.0, cost: $0.1, key: .zero, hold: false)
        }
        return try await fixture.run { _ async throws in
            try await fixture.connect { connection async throws in
                try await connection.call(
                    Take(takes: requests), answer: Taken.self, deadline: .seconds(20)
                ).decisions
            }
        }
    }

    @Test func `each take of a frame is decided by itself, in the order asked [L-6]`() async throws
    {
        let database = try await database(
            Burst(tenant: "acme", count: 3), Burst(tenant: "globex", count: 2))
        let decisions = try await decide(
            [
                ("acme", 2), ("globex", 3), ("acme", 2), ("acme", 1), ("acme", 0), ("globex", 2),
                ("globex", 1), ("acme", 1),
            ], on: database)
        #expect(
            decisions.map(\.granted) == [true, false, false, true, false, true, false, false])
        #expect(decisions.map(\.remaining) == [1, 2, 1, 0, 0, 0, 0, 0])
        #expect(decisions.map(\.limit) == [3, 2, 3, 3, 3, 2, 2, 3])
        #expect(decisions.allSatisfy { $0.scope == .tenant })
        #expect(decisions[1].retryAfterMilliseconds == .max, "more than the bucket ever holds")
    }

    @Test
    func `where all tenants together are at their limit, none of them pays for it [L-2] [L-6]`()
        async throws
    {
        let database = try await database(
            Burst(tenant: "acme", count: 3), Burst(tenant: "globex", count: 3),
            Burst(tenant: "*", count: 4))
        let decisions = try await decide(
            [
                ("acme", 2), ("globex", 3), ("globex", 0), ("globex", 2), ("acme", 1), ("acme", 0),
            ], on: database)
        #expect(decisions.map(\.granted) == [true, false, true, true, false, false])
        #expect(
            decisions.map(\.scope) == [.tenant, .global, .tenant, .tenant, .global, .global])
        #expect(decisions[1].limit == 4 && decisions[1].remaining == 2)
        #expect(decisions[2].remaining == 3, "what the tenant gave came back")
        #expect(decisions[3].remaining == 1)
    }

    @Test func `takes that wait for a checkpoint are answered in their places [L-6]`() async throws
    {
        // A token a second: nearly all of a bucket lies beyond the standing lease.
        let database = try await database(
            Burst(tenant: "acme", count: 3, rate: 1), Burst(tenant: "globex", count: 3))
        let decisions = try await decide(
            [("acme", 2), ("globex", 3), ("acme", 2), ("acme", 1), ("globex", 1)], on: database)
        #expect(decisions.map(\.granted) == [true, true, false, true, false])
        #expect(decisions.map(\.limit) == [3, 3, 3, 3, 3])
    }

    @Test func `a frame has as many takes as the protocol allows, and no more`() async throws {
        let database = try await database(Burst(tenant: "acme", count: 4_000))
        let count = WireLimits.batchCountMax
        let take = TokenRequest(tenant: "acme", cost: 1, key: .zero, hold: false)
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run { _ async throws in
            try await fixture.connect { connection async throws in
                let full = Take(takes: Array(repeating: take, count: count))
                let decisions = try await connection.call(
                    full, answer: Taken.self, deadline: .seconds(20)
                ).decisions
                #expect(decisions.count == count)
                let expected = (0..<count).map { $0 < 4_000 }
                #expect(decisions.map(\.granted) == expected)
                let none = try await connection.call(
                    Take(takes: []), answer: Taken.self, deadline: .seconds(20))
                #expect(none.decisions.isEmpty)
                let error = await #expect(throws: CallError.self) {
                    _ = try await connection.call(
                        LongTake(count: count + 1, take: take), answer: Taken.self,
                        deadline: .seconds(20))
                }
                #expect(error?.code == .badMessage && error?.effect == .notApplied)
            }
        }
    }

    /// TAKE as nobody may send it.
    private struct LongTake: WireMessage {
        static var opcode: Opcode { .take }

        let count: Int
        let take: TokenRequest

        init(count: Int, take: TokenRequest) {
            self.count = count
            self.take = take
        }

        init(from reader: inout WireReader) throws(WireError) {
            throw .truncated(field: "takes")
        }

        func write(to buffer: inout ByteBuffer) {
            buffer.writeWireInteger(UInt32(count))
            for _ in 0..<count { buffer.writeWireStructure(take) }
        }
    }
}
