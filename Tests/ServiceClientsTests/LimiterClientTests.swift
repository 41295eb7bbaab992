// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct LimiterClientTests {
    private static func decision(remaining: UInt32, isHeld: Bool = false) -> Decision {
        Decision(
            granted: true, scope: .tenant, limit: 100, remaining: remaining, resetMilliseconds: 0,
            retryAfterMilliseconds: 0, windowSeconds: 1, held: isHeld)
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

    @Test func `a slot is released when the work is over, however it ends, and never otherwise`()
        async throws
    {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            guard frame.kind == .take else { return }
            let takes = try frame.decode(Take.self).takes
            session.reply(
                Taken(decisions: takes.map { Self.decision(remaining: 1, isHeld: $0.cost == 1) }),
                to: frame.correlation)
        }
        try await daemon.with { connection in
            let limiter = LimiterClient(connection)
            let tenant = try TenantID("acme")
            let (held, unheld) = (UniqueID(high: 0, low: 1), UniqueID(high: 0, low: 2))
            let isHeld = try await limiter.taking(1, of: tenant, key: held) { $0.held }
            #expect(isHeld)
            #expect(try await !limiter.taking(2, of: tenant, key: unheld) { $0.held })
            // One that is cancelled in the middle of it.
            async let cancelled: Void = limiter.taking(1, of: tenant, key: held) { _ in
                withUnsafeCurrentTask { $0?.cancel() }
            }
            try await cancelled
            var keys: [UniqueID] = []
            while keys.count < 2, let frame = await daemon.next(.release) {
                #expect(frame.correlation == 0)
                keys += try frame.decode(Release.self).keys
            }
            #expect(keys == [held, held])
        }
    }

    @Test func `a slot that may be held is released, though nobody heard of it`() async throws {
        let daemon = try await ScriptedDaemon { _, _ throws(WireError) in }
        try await daemon.with { connection in
            let limiter = LimiterClient(connection, deadline: .milliseconds(50))
            let key = UniqueID(high: 0, low: 3)
            await #expect(throws: CallError.self) {
                try await limiter.taking(of: try TenantID("acme"), key: key) { _ in }
            }
            let frame = try #require(await daemon.next(.release))
            #expect(try frame.decode(Release.self).keys == [key])
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
