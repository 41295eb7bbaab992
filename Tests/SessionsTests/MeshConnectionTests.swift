// SPDX-License-Identifier: MIT

import NIOCore
import SecureTransport
import Sessions
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct MeshConnectionTests {
    @Test func `a thousand concurrent calls each get their own answer`() async throws {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            let sequences = try await withThrowingTaskGroup(of: UInt64.self) { tasks in
                for _ in 0..<1000 {
                    tasks.addTask { try await connection.publish("quick").sequence }
                }
                return try await tasks.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(sequences == Set(1...1000))
        }
    }

    @Test func `a body that shrinks and one that does not both arrive whole`() async throws {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            try await connection.publish("text", body: ByteBuffer(repeating: 65, count: 1_000_000))
            await fixture.saw(.published(queue: "text", byteCount: 1_000_000))
            try await connection.publish("noise", body: ProbeService.noise)
            await fixture.saw(.published(queue: "noise", byteCount: 1_000_000))
        }
    }

    @Test func `a refusal keeps its code, its effect and its time`() async throws {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            let error = await #expect(throws: CallError.self) {
                try await connection.publish("full")
            }
            #expect(error?.code == .queueFull)
            #expect(error?.effect == .notApplied)
            #expect(error?.retryAfter == .milliseconds(250))
        }
    }

    @Test func `a deadline that passes unanswered is maybe applied, and the server is told`()
        async throws
    {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            let error = await #expect(throws: CallError.self) {
                try await connection.publish("hold", deadline: .milliseconds(300))
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.effect == .maybeApplied)
            await fixture.saw(.cancelled)
        }
    }

    @Test func `a cancelled task abandons its call`() async throws {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            let error = await withTaskGroup(of: CallError?.self) { tasks in
                tasks.addTask {
                    await #expect(throws: CallError.self) { try await connection.publish("hold") }
                }
                await fixture.saw(.published(queue: "hold", byteCount: 0))
                tasks.cancelAll()
                return await tasks.next() ?? nil
            }
            #expect(error?.code == .cancelled)
            #expect(error?.effect == .maybeApplied)
            await fixture.saw(.cancelled)
        }
    }

    @Test func `nobody there is not applied`() async throws {
        let fixture = try await SessionFixture()
        await fixture.listener.drain(grace: .zero)
        try await fixture.withConnection(
            fixture.connection(waiting: .milliseconds(50)), isAwaited: false
        ) { connection in
            let error = await #expect(throws: CallError.self) {
                try await connection.publish("any")
            }
            #expect(error?.code == .notConnected)
            #expect(error?.effect == .notApplied)
        }
    }

    @Test func `another service behind the address is not talked to`() async throws {
        let fixture = try await SessionFixture()
        let connection = fixture.connection(
            waiting: .milliseconds(50), expecting: .service("ratelimitd"))
        try await fixture.withConnection(connection, isAwaited: false) { connection in
            var error: CallError?
            repeat {
                error = await #expect(throws: CallError.self) {
                    try await connection.publish("any")
                }
                #expect(error?.code == .notConnected)
            } while error?.message.contains("not connected yet") == true
            #expect(error?.message.contains("identity_refused") == true)
        }
    }

    @Test func `a connection lost before the answer is maybe applied, and comes back`() async throws
    {
        let fixture = try await SessionFixture()
        try await fixture.withConnection { connection in
            let error = await #expect(throws: CallError.self) {
                try await connection.publish("drop")
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.effect == .maybeApplied)
            try await connection.publish("again")
        }
    }

    @Test func `a server that is gone and back is found again`() async throws {
        let first = try await SessionFixture()
        try await first.withConnection { connection in
            let (losses, continuation) = AsyncStream.makeStream(of: Void.self)
            connection.onDisconnected { _ in continuation.yield() }
            // Asked in this order, so that the handler is there once this is answered.
            try await connection.publish("before")
            await first.listener.drain(grace: .zero)
            for await _ in losses { break }
            let second = try await SessionFixture(port: first.listener.port)
            try await connection.publish("after")
            await second.saw(.published(queue: "after", byteCount: 0))
        }
    }

    @Test func `a drain answers what is in flight and takes nothing new`() async throws {
        let fixture = try await SessionFixture()
        try await fixture.withConnection(fixture.connection(waiting: .milliseconds(50))) {
            connection in
            async let held = connection.publish("hold")
            await fixture.saw(.published(queue: "hold", byteCount: 0))
            async let drained: Void = fixture.listener.drain(grace: .seconds(30))
            await fixture.saw(.draining)
            // The service's own answers are all that is left to come.
            let late = await #expect(throws: CallError.self) {
                try await connection.publish("late")
            }
            #expect(late?.effect == .notApplied)
            fixture.held.release()
            _ = try await held
            await drained
        }
    }

    @Test func `what the server sends unasked reaches its handler`() async throws {
        let fixture = try await SessionFixture()
        let (depths, continuation) = AsyncStream.makeStream(of: UInt64.self)
        try await fixture.withConnection { connection in
            connection.onPush(.depth) { frame in
                if let depth = try? frame.decode(Depth.self) { continuation.yield(depth.depth) }
            }
            try await connection.publish("push")
            for await depth in depths {
                #expect(depth == 7)
                break
            }
        }
    }

    @Test func `a request longer than the server takes is not sent`() async throws {
        var limits = SessionLimits()
        limits.frameByteCountMax = 4096
        let fixture = try await SessionFixture(limits: limits)
        try await fixture.withConnection { connection in
            let error = await #expect(throws: CallError.self) {
                try await connection.publish("long", body: ByteBuffer(repeating: 1, count: 5000))
            }
            #expect(error?.code == .frameTooLong)
            #expect(error?.effect == .notApplied)
            try await connection.publish("short")
        }
    }

    @Test func `more calls than may be in flight wait for their turn`() async throws {
        var limits = SessionLimits()
        limits.inFlightMax = 2
        let fixture = try await SessionFixture(limits: limits)
        try await fixture.withConnection { connection in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<50 { tasks.addTask { try await connection.publish("quick") } }
                try await tasks.waitForAll()
            }
        }
    }

    /// The server has them still: one more would be one too many there.
    @Test func `calls that were given up count among those in flight until they are answered`()
        async throws
    {
        var limits = SessionLimits()
        limits.inFlightMax = 2
        let fixture = try await SessionFixture(limits: limits)
        try await fixture.withConnection { connection in
            await withTaskGroup(of: Void.self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask {
                        await #expect(throws: CallError.self) {
                            try await connection.publish("hold")
                        }
                    }
                    await fixture.saw(.published(queue: "hold", byteCount: 0))
                }
                tasks.cancelAll()
            }
            async let next = connection.publish("next")
            await fixture.saw(.cancelled)
            await fixture.saw(.cancelled)
            fixture.held.release()
            _ = try await next
        }
    }
}
