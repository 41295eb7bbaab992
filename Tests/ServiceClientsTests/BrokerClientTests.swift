// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import ServiceClients
import Sessions
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct BrokerClientTests {
    private static let message = Envelope(
        id: UniqueID(high: 1, low: 2), trace: UniqueID(high: 3, low: 4), group: .zero,
        tenant: "acme", priority: .normal, notBeforeMilliseconds: 0, body: ByteBuffer(string: "x"))

    private static func delivery(_ sequence: UInt64) -> Delivery {
        Delivery(
            sequence: sequence, token: sequence, attempt: 1, attemptsMax: 4, acquired: 1,
            leaseMilliseconds: 30_000, publishedMilliseconds: 0, message: message)
    }

    // MARK: - What is known after a call that failed

    @Test func `a refusal keeps what the broker says of it`() async throws {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            session.fail(
                ErrorReply(.queueFull, retryAfter: .milliseconds(70), message: "full"),
                to: frame.correlation)
        }
        try await daemon.with { connection in
            let error = await #expect(throws: CallError.self) {
                try await BrokerClient(connection).publish(Self.message, to: "payment")
            }
            #expect(error?.code == .queueFull && error?.effect == .notApplied)
            #expect(error?.retryAfter == .milliseconds(70))
        }
    }

    @Test func `a connection lost before the answer is ambiguous, and the next call goes through`()
        async throws
    {
        let isFirst = Mutex(true)
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            let drops = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard !drops else { return session.close() }
            session.reply(Published(sequence: 9, duplicate: true), to: frame.correlation)
        }
        try await daemon.with { connection in
            let client = BrokerClient(connection)
            let error = await #expect(throws: CallError.self) {
                try await client.publish(Self.message, to: "payment")
            }
            #expect(error?.code == .connectionLost && error?.effect == .maybeApplied)
            let again = try await client.publish(Self.message, to: "payment")
            #expect(again == Published(sequence: 9, duplicate: true))
        }
    }

    @Test func `a silent broker is given up after the deadline, the outcome unknown`() async throws
    {
        let daemon = try await ScriptedDaemon { _, _ throws(WireError) in }
        try await daemon.with { connection in
            let client = BrokerClient(connection, deadline: .milliseconds(50))
            let error = await #expect(throws: CallError.self) {
                try await client.publish(Self.message, to: "payment")
            }
            #expect(error?.code == .deadlineExceeded && error?.effect == .maybeApplied)
        }
    }

    @Test func `results that are not as many as settlements say nothing of any`() async throws {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            session.reply(Settled(results: []), to: frame.correlation)
        }
        try await daemon.with { connection in
            let settlement = Settlement(
                sequence: 1, token: 1, verdict: .ack, retryAfterMilliseconds: 0, reason: "",
                outputs: [])
            let error = await #expect(throws: CallError.self) {
                try await BrokerClient(connection).settle([settlement], in: "payment")
            }
            #expect(error?.code == .badMessage && error?.effect == .maybeApplied)
        }
    }

    // MARK: - Subscriptions

    /// Grants one subscription for each session and delivers one message on it; a PUBLISH ends the
    /// connection.
    private static func delivering() async throws -> ScriptedDaemon {
        let count = Mutex<UInt64>(0)
        let taken = Mutex<Set<UInt64>>([])
        return try await ScriptedDaemon { frame, session throws(WireError) in
            switch frame.kind {
            case .consume:
                let request = try frame.decode(Consume.self)
                // As the broker has it: a session may ask for a number once.
                guard taken.withLock({ $0.insert(session.id).inserted }) else {
                    return session.refuse(frame, .subscriptionTaken, "taken")
                }
                session.reply(Consuming(), to: frame.correlation)
                let sequence = count.withLock { count in
                    count += 1
                    return count
                }
                session.push(
                    Deliver(
                        subscription: request.subscription, deliveries: [delivery(sequence)]))
            case .stopConsuming: session.reply(Stopped(), to: frame.correlation)
            case .publish: session.close()
            default: break
            }
        }
    }

    @Test func `what is settled makes room for as much again`() async throws {
        let daemon = try await Self.delivering()
        try await daemon.with { connection in
            let client = BrokerClient(connection)
            let subscription = try await client.consume("payment", credit: 8)
            let request = try #require(await daemon.next(.consume))
            #expect(try request.decode(Consume.self).credit == 8)
            for try await batch in subscription {
                client.grant(1, for: batch, of: subscription)
                break
            }
            let credit = try #require(await daemon.next(.credit))
            #expect(
                try credit.decode(Credit.self)
                    == Credit(subscription: subscription.number, credit: 1))
        }
    }

    @Test
    func `a subscription is made again with the next connection, old deliveries give no room`()
        async throws
    {
        let daemon = try await Self.delivering()
        try await daemon.with { connection in
            let client = BrokerClient(connection)
            let subscription = try await client.consume("payment", credit: 8)
            var deliveries = subscription.makeAsyncIterator()
            let old = try #require(try await deliveries.next())
            await #expect(throws: CallError.self) {
                try await client.publish(Self.message, to: "payment")
            }
            let new = try #require(try await deliveries.next())
            #expect(new.generation > old.generation)
            #expect(new.deliveries.first?.sequence == 2)
            // The first is of a connection that is gone: only the second may give room.
            client.grant(5, for: old, of: subscription)
            client.grant(1, for: new, of: subscription)
            let credit = try #require(await daemon.next(.credit))
            #expect(try credit.decode(Credit.self).credit == 1)
        }
    }

    @Test func `a subscription that waited for the first connection is asked for once`()
        async throws
    {
        let daemon = try await Self.delivering()
        try await daemon.with(isConnected: false) { connection in
            let client = BrokerClient(connection)
            let subscription = try await client.consume("payment", credit: 8)
            // Whatever was sent with the connection comes before this.
            try await client.stop(subscription)
            var opcodes: [Opcode?] = []
            for await frame in daemon.arrivals {
                opcodes.append(frame.kind)
                if frame.kind == .stopConsuming { break }
            }
            #expect(opcodes == [.consume, .stopConsuming])
        }
    }

    @Test func `a subscription that is stopped ends`() async throws {
        let daemon = try await Self.delivering()
        try await daemon.with { connection in
            let client = BrokerClient(connection)
            let subscription = try await client.consume("payment", credit: 8)
            var deliveries = subscription.makeAsyncIterator()
            _ = try await deliveries.next()
            try await client.stop(subscription)
            #expect(try await deliveries.next() == nil)
        }
    }

    @Test func `a queue that the broker does not have is said at once`() async throws {
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            session.fail(ErrorReply(.unknownQueue, message: "none"), to: frame.correlation)
        }
        try await daemon.with { connection in
            let error = await #expect(throws: CallError.self) {
                try await BrokerClient(connection).consume("nowhere", credit: 1)
            }
            #expect(error?.code == .unknownQueue)
        }
    }

    @Test func `who watches a depth hears of it again after the connection was lost`() async throws
    {
        let count = Mutex<UInt64>(0)
        let daemon = try await ScriptedDaemon { frame, session throws(WireError) in
            guard frame.kind == .watchDepth else { return session.close() }
            session.reply(WatchingDepth(), to: frame.correlation)
            let depth = count.withLock { count in
                count += 1
                return count
            }
            session.push(
                Depth(
                    queue: "payment", depth: depth, depthMax: 10, drainPerSecond: 0, paused: false)
            )
        }
        try await daemon.with { connection in
            let (depths, told) = AsyncStream.makeStream(of: UInt64.self)
            let client = BrokerClient(connection)
            client.watchDepth(of: "payment") { told.yield($0.depth) }
            var heard = depths.makeAsyncIterator()
            let first = try #require(await heard.next())
            await #expect(throws: CallError.self) {
                try await client.publish(Self.message, to: "payment")
            }
            let second = try #require(await heard.next())
            #expect(second > first)
        }
    }
}
