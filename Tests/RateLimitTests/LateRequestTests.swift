// SPDX-License-Identifier: MIT
import Dispatch
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
import TestSupport
import Testing
import Wire

/// Requests whose time passes while they wait for the database. One at a time: each runs daemons.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LateRequestTests {
    private func database() async throws -> PrivatePostgres {
        let database = try PrivatePostgres.make(connectionCount: 1)
        // A token a second: what is beyond the standing lease waits for a checkpoint.
        try await database.pool.query(
            PostgresStatement(
                "test.plan",
                "INSERT INTO plans (tenant, rate_per_second, burst) VALUES ('acme', 1, 50)"))
        return database
    }

    /// Nobody else gets at what `lock` locks while `body` runs.
    private func holding(
        _ lock: PostgresStatement, in database: PrivatePostgres, _ body: () async throws -> Void
    ) async throws {
        let held = Gate()
        let freed = DispatchSemaphore(value: 0)
        async let transaction: Void = database.pool.transaction { session throws(PostgresError) in
            try session.execute(lock)
            held.open()
            _ = freed.wait(timeout: .now() + 60)
        }
        await withCheckedContinuation { waiter in held.whenOpen { waiter.resume() } }
        do {
            try await body()
            freed.signal()
        } catch {
            freed.signal()
            throw error
        }
        try await transaction
    }

    /// Returns when what was given a millisecond, and has been received, is late.
    private func millisecondPassed() async {
        let begin = NIODeadline.now()
        while NIODeadline.now() - begin < .milliseconds(5) { await Task.yield() }
    }

    private func take(_ cost: UInt32, key: UInt64 = 0) -> Take {
        let key = UniqueID(high: 0, low: key)
        return Take(takes: [TokenRequest(tenant: "acme", cost: cost, key: key, hold: false)])
    }

    /// The next `count` answers, by their correlations.
    private func answers(_ count: Int, of peer: RawPeer) async throws -> [UInt64: Frame] {
        var answers: [UInt64: Frame] = [:]
        for _ in 0..<count {
            let frame = try await peer.nextFrame()
            answers[frame.header.correlation] = frame
        }
        return answers
    }

    private func requireLate(_ frame: Frame?) throws {
        let frame = try #require(frame)
        try #require(frame.header.opcode == Opcode.error.rawValue)
        let error = try ErrorReply(body: frame.body)
        #expect(error.code == WireErrorCode.deadlineExceeded.rawValue)
        #expect(error.effect == .notApplied)
    }

    @Test func `a take whose time passed before its lease was there takes nothing [H-12]`()
        async throws
    {
        let database = try await database()
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run { _ async throws in
            let peer = try await fixture.rawPeer()
            let lock = PostgresStatement("test.lock", "SELECT 1 FROM limiter_state FOR UPDATE")
            try await holding(lock, in: database) {
                peer.send(take(20, key: 1), correlation: 2, deadlineMilliseconds: 1)
                peer.send(take(30), correlation: 3, deadlineMilliseconds: 600_000)
                // Decided at once, behind those that wait.
                peer.send(take(0), correlation: 4)
                let look = try await peer.nextFrame()
                #expect(look.header.correlation == 4)
                await millisecondPassed()
            }
            let answers = try await answers(2, of: peer)
            try requireLate(answers[2])
            // Were the first one decided, it would leave too little for the second.
            let taken = try Taken(body: try #require(answers[3]).body)
            #expect(taken.decisions.map(\.granted) == [true])
            peer.send(
                Refund(refunds: [TokenReturn(tenant: "acme", key: UniqueID(high: 0, low: 1))]),
                correlation: 5)
            let refunded = try await Refunded(body: peer.nextFrame().body)
            #expect(refunded.refunded == [false])
            await peer.close()
        }
    }

    @Test func `a plan whose time passed behind another one is not set [H-12]`() async throws {
        let database = try await database()
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run { client async throws in
            let peer = try await fixture.rawPeer(as: .operator("alice"))
            var plan = try await client.plan(of: "acme")
            let lock = PostgresStatement("test.lock", "LOCK TABLE plans")
            try await holding(lock, in: database) {
                for (burst, milliseconds) in [(60, UInt32(0)), (70, 1)] {
                    plan.burst = UInt32(burst)
                    peer.send(
                        SetPlan(plan: plan, who: "test", why: "to see"),
                        correlation: UInt64(burst), deadlineMilliseconds: milliseconds)
                }
                peer.send(GetPlan(tenant: "acme"), correlation: 4)
                let look = try await peer.nextFrame()
                #expect(look.header.correlation == 4)
                await millisecondPassed()
            }
            let answers = try await answers(2, of: peer)
            let set = try Plan(body: try #require(answers[60]).body)
            #expect(set.plan.burst == 60)
            try requireLate(answers[70])
            #expect(try await client.plan(of: "acme").burst == 60)
            await peer.close()
        }
    }
}
