// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct LimiterClientTests {
    private static func decision(remaining: UInt32) -> Decision {
        Decision(
            granted: true, scope: .tenant, limit: 100, remaining: remaining, resetMilliseconds: 0,
            retryAfterMilliseconds: 0)
    }

    @Test func `takes that are asked for together leave together, and each gets its own answer`()
        async throws
    {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            let takes = try frame.decode(Take.self).takes
            session.reply(
                Taken(decisions: takes.map { Self.decision(remaining: $0.cost) }),
                to: frame.correlation)
        }
        try await daemon.with { connection in
            let limiter = LimiterClient(connection)
            let tenant = try TenantID("acme")
            try await withThrowingTaskGroup(of: (UInt32, UInt32).self) { tasks in
                for cost in UInt32(1)...200 {
                    tasks.addTask { (cost, try await limiter.take(cost, of: tenant).remaining) }
                }
                for try await (cost, answer) in tasks { #expect(cost == answer) }
            }
            var frames = 0
            var takes = 0
            while takes < 200, let frame = await daemon.next(.take) {
                frames += 1
                takes += try frame.decode(Take.self).takes.count
            }
            #expect(takes == 200)
            #expect(frames < 200)
        }
    }

    @Test func `an answer that does not fit its question may have been applied`() async throws {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            session.reply(Taken(decisions: []), to: frame.correlation)
        }
        try await daemon.with { connection in
            let error = await #expect(throws: CallError.self) {
                try await LimiterClient(connection).take(of: try TenantID("acme"))
            }
            #expect(error?.code == .badMessage)
            #expect(error?.effect == .maybeApplied)
        }
    }

    @Test func `a limiter that is silent is given up after the deadline`() async throws {
        let daemon = try await ScriptedDaemon { _, _ throws(WireError) in }
        try await daemon.with { connection in
            let limiter = LimiterClient(connection, deadline: .milliseconds(50))
            let error = await #expect(throws: CallError.self) {
                try await limiter.take(of: try TenantID("acme"))
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.effect == .maybeApplied)
        }
    }

    @Test func `a refund that the limiter does not know is no error`() async throws {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            let refunds = try frame.decode(Refund.self).refunds
            session.reply(
                Refunded(refunded: refunds.map { $0.key.low == 1 }), to: frame.correlation)
        }
        try await daemon.with { connection in
            let limiter = LimiterClient(connection)
            let tenant = try TenantID("acme")
            #expect(try await limiter.refund(UniqueID(high: 0, low: 1), of: tenant))
            #expect(try await !limiter.refund(UniqueID(high: 0, low: 2), of: tenant))
        }
    }
}
