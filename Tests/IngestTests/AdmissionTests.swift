// SPDX-License-Identifier: MIT
import HTTPCalls
import NIOCore
import Orders
import PostgresStore
import Saga
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

@testable import Ingest

/// One at a time: each runs daemons and a database.
@Suite(.serialized) struct AdmissionTests {
    private func place(
        _ order: PlaceOrder, over connection: MeshConnection
    ) async throws(CallError) -> OrderPlaced {
        try await connection.call(order, answer: OrderPlaced.self, deadline: .seconds(20))
    }

    /// Sends all at once; the answers, in order.
    private func place(
        _ orders: [PlaceOrder], over connection: MeshConnection
    ) async -> [Result<OrderPlaced, CallError>] {
        await withTaskGroup(of: (Int, Result<OrderPlaced, CallError>).self) { group in
            for (index, order) in orders.enumerated() {
                group.addTask {
                    do throws(CallError) {
                        return (index, .success(try await place(order, over: connection)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<OrderPlaced, CallError>] = [:]
            for await (index, answer) in group { answers[index] = answer }
            return orders.indices.compactMap { answers[$0] }
        }
    }

    @Test func `two hundred requests at once with one key make one order and get one answer`()
        async throws
    {
        let fixture = try IngestFixture()
        let answers = try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                await place(
                    Array(repeating: .sample(key: "same"), count: 200), over: connection)
            }
        }
        let placed = try answers.map { try $0.get() }
        #expect(placed.count == 200)
        #expect(Set(placed.map(\.order)).count == 1)
        #expect(Set(placed.map(\.keyExpiresMilliseconds)).count == 1)
        #expect(placed.count { !$0.replayed } == 1)
        #expect(try await fixture.count("orders") == 1)
        #expect(fixture.broker.published.count == 1)
    }

    @Test func `two ingest daemons at once make one order of one key`() async throws {
        let fixture = try IngestFixture()
        let other = try IngestFixture(sharing: fixture)
        let answers = try await fixture.run { first in
            try await other.run { second in
                async let left = first.connect(as: .tenant("acme")) { connection async throws in
                    await place(
                        (0..<100).map { .sample(key: "key-\($0 % 10)") }, over: connection)
                }
                async let right = second.connect(as: .tenant("acme")) { connection async throws in
                    await place(
                        (0..<100).map { .sample(key: "key-\($0 % 10)") }, over: connection)
                }
                return try await left + right
            }
        }
        // Who comes to the other daemon while the first is under way with the key waits for it.
        let placed = try answers.map { try $0.get() }
        #expect(Set(placed.map(\.order)).count == 10)
        #expect(placed.count { !$0.replayed } == 10)
        #expect(try await fixture.count("orders") == 10)
        #expect(try await fixture.count("idempotency_keys") == 10)
    }

    @Test func `a different order under the same key is refused, at once and later`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                let answers = await place(
                    [.sample(key: "k", quantity: 1), .sample(key: "k", quantity: 2)],
                    over: connection)
                let failures = answers.compactMap { answer -> CallError? in
                    if case .failure(let error) = answer { error } else { nil }
                }
                #expect(failures.map(\.code) == [.keyConflict])
                #expect(failures.map(\.effect) == [.notApplied])
                let later = await place([.sample(key: "k", quantity: 3)], over: connection)
                #expect(throws: CallError.self) { try later[0].get() }
                // The same key of another tenant is another key.
                _ = try await door.connect(as: .tenant("other")) { other in
                    try await place(.sample(key: "k", tenant: ""), over: other)
                }
            }
        }
        #expect(try await fixture.count("orders") == 2)
    }

    @Test func `many orders share transactions and frames, each with its message`() async throws {
        let fixture = try IngestFixture()
        let answers = try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                await place((0..<500).map { .sample(key: "k\($0)") }, over: connection)
            }
        }
        let orders = Set(try answers.map { OrderID(try $0.get().order) })
        #expect(orders.count == 500)
        let messages = fixture.broker.published
        #expect(Set(messages.map(\.id)) == Set(orders.map { OutputID.start(of: $0).value }))
        #expect(messages.count == 500)
        #expect(fixture.broker.frameCount < 250)
        for message in messages {
            let step = try StepMessage(decoding: message.body.readableBytesView)
            #expect(step.kind == .reserve)
            #expect(step.order.value == message.group)
        }
        #expect(try await fixture.count("orders", where: "status = 'accepted'") == 500)
        #expect(try await fixture.count("order_events") == 500)
        // A clean stop has nothing left to hand over.
        #expect(try await fixture.count("outbox") == 0)
    }

    @Test func `an order that the queue has no room for is taken back and its key is free`()
        async throws
    {
        let fixture = try IngestFixture()
        fixture.broker.become(.full)
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                let refused = await place(
                    Array(repeating: .sample(key: "k"), count: 5), over: connection)
                for answer in refused {
                    let error = #expect(throws: CallError.self) { try answer.get() }
                    #expect(error?.code == .overloaded)
                    #expect(error?.effect == .notApplied)
                    #expect(error?.retryAfter != nil)
                }
                fixture.broker.become(.accepting)
                #expect(try await !place(.sample(key: "k"), over: connection).replayed)
            }
        }
        #expect(try await fixture.count("orders", where: "status = 'accepted'") == 1)
        #expect(try await fixture.count("orders", where: "status = 'cancelled'") >= 1)
        #expect(fixture.broker.published.count == 1)
    }

    @Test func `an order whose hand-over is ambiguous stands, and the outbox hands it over`()
        async throws
    {
        let fixture = try IngestFixture()
        fixture.broker.become(.silent)
        let order = try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                let first = try await place(.sample(key: "k"), over: connection)
                #expect(!first.replayed)
                #expect(try await fixture.count("outbox", where: "tried_at IS NOT NULL") == 1)
                let second = try await place(.sample(key: "k"), over: connection)
                #expect(second.replayed)
                #expect(second.order == first.order)
                return OrderID(first.order)
            }
        }
        fixture.broker.become(.accepting)
        try await fixture.sweep(at: MeshInstant(nanoseconds: Int64.max / 2))
        #expect(try await fixture.count("outbox") == 0)
        let ids = fixture.broker.published.map(\.id)
        #expect(Set(ids) == [OutputID.start(of: order).value])
        #expect(try await fixture.count("orders", where: "status = 'accepted'") == 1)
    }

    @Test func `a full queue refuses before anything is stored`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                _ = try await place(.sample(key: "a"), over: connection)
                fixture.broker.push(depth: 100, of: 100, drainPerSecond: 10)
                // The push is on its way over another connection: ask until it has arrived.
                var refusal: CallError?
                for attempt in 0..<200 where refusal == nil {
                    do throws(CallError) {
                        _ = try await place(.sample(key: "b\(attempt)"), over: connection)
                    } catch {
                        refusal = error
                    }
                }
                #expect(refusal?.code == .overloaded)
                let pause = try #require(refusal?.retryAfter)
                // Ten more than the room, at ten a second, and up to half of that again.
                #expect(pause >= .seconds(1) && pause <= .seconds(2))
            }
        }
        #expect(try await fixture.count("orders", where: "status = 'cancelled'") == 0)
    }

    @Test func `a tenant over its limit is refused with the time to come back`() async throws {
        let fixture = try IngestFixture()
        let answers = try await fixture.run(burst: 3) { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                await place((0..<40).map { .sample(key: "k\($0)") }, over: connection)
            }
        }
        let refused = answers.compactMap { answer -> CallError? in
            if case .failure(let error) = answer { error } else { nil }
        }
        #expect(refused.count >= 30)
        for error in refused {
            #expect(error.code == .rateLimited)
            #expect(error.retryAfter != nil)
        }
        #expect(try await fixture.count("orders") == Int64(40 - refused.count))
    }

    /// The plan of every tenant without one of its own allows `count` requests in progress.
    private func limitConcurrency(_ count: Int64, _ fixture: IngestFixture) async throws {
        try await fixture.database.pool.query(
            PostgresStatement(
                "test.concurrency", "UPDATE plans SET concurrency = $1 WHERE tenant = 'default'"),
            [.int64(count)])
    }

    @Test func `no more requests of a tenant are in progress than its plan allows`() async throws {
        let fixture = try IngestFixture()
        try await limitConcurrency(2, fixture)
        fixture.broker.become(.slow)
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                try await withThrowingTaskGroup(of: CallError?.self) { group in
                    for index in 0..<5 {
                        group.addTask {
                            do throws(CallError) {
                                _ = try await place(.sample(key: "k\(index)"), over: connection)
                                return nil
                            } catch {
                                return error
                            }
                        }
                    }
                    // Two wait for the broker; the others are refused at once.
                    for _ in 0..<3 {
                        let error = try #require(try await group.next() ?? nil)
                        #expect(error.code == .concurrencyLimited && error.effect == .notApplied)
                        #expect(error.retryAfter != nil)
                    }
                    let document = try await door.post(
                        """
                        {"customer_id": "c", "tenant_id": "acme",
                         "items": [{"product_id": "p", "quantity": 1, "price": 1}]}
                        """)
                    #expect(document.status == 429)
                    let text = String(decoding: document.body, as: UTF8.self)
                    #expect(text.contains(#""cause":"concurrency""#))
                    #expect(document.header("Retry-After") != nil)
                    fixture.broker.become(.accepting)
                    for _ in 0..<2 { #expect(try await group.next() == .some(nil)) }
                }
                // Each that was answered has freed its slot before.
                for index in 5..<12 {
                    _ = try await place(.sample(key: "k\(index)"), over: connection)
                }
            }
        }
        #expect(try await fixture.count("orders") == 9)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a request whose client is gone holds its slot until the work on it is over`() async throws
    {
        let fixture = try IngestFixture()
        try await limitConcurrency(1, fixture)
        fixture.broker.become(.slow)
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                try await door.connect(as: .tenant("acme")) { other async throws in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { _ = try? await place(.sample(key: "gone"), over: other) }
                        // The other's connection closes as soon as its order is with the broker.
                        while fixture.broker.published.isEmpty {
                            _ = try await connection.call(
                                Ping(token: 1), answer: Pong.self, deadline: .seconds(20))
                        }
                        group.cancelAll()
                    }
                }
                let refused = await place([.sample(key: "next")], over: connection)
                let error = #expect(throws: CallError.self) { try refused[0].get() }
                #expect(error?.code == .concurrencyLimited)
                fixture.broker.become(.accepting)
                var placed: OrderPlaced?
                while placed == nil {
                    placed = try? await place(.sample(key: "next"), over: connection)
                }
            }
        }
        #expect(try await fixture.count("orders") == 2)
    }

    @Test func `a refused and a failed request free their slots as well`() async throws {
        let fixture = try IngestFixture()
        try await limitConcurrency(1, fixture)
        try await fixture.run { door async throws in
            try await door.connect(as: .tenant("acme")) { connection async throws in
                _ = try await place(.sample(key: "k", quantity: 1), over: connection)
                for mood in [BrokerDouble.Mood.full, .silent, .accepting] {
                    fixture.broker.become(mood)
                    for attempt in 0..<3 {
                        for key in ["k", "\(mood)-\(attempt)"] {
                            do throws(CallError) {
                                _ = try await place(
                                    .sample(key: key, quantity: 2), over: connection)
                            } catch {
                                #expect(error.code != .concurrencyLimited)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `a certificate speaks for its own tenant alone`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let order = try await door.connect(as: .tenant("acme")) { connection async throws in
                let error = await #expect(throws: CallError.self) {
                    try await place(.sample(key: "k", tenant: "other"), over: connection)
                }
                #expect(error?.code == .notPermitted)
                return try await place(.sample(key: "k", tenant: ""), over: connection).order
            }
            let error = try await door.connect(as: .tenant("other")) { connection async throws in
                await #expect(throws: CallError.self) {
                    _ = try await connection.call(
                        GetOrder(tenant: "", order: order), answer: OrderRecord.self,
                        deadline: .seconds(5))
                }
            }
            #expect(error?.code == .unknownOrder)
            let seen = try await door.connect(as: .operator("alice")) { connection async throws in
                try await connection.call(
                    GetOrder(tenant: "acme", order: order), answer: OrderRecord.self,
                    deadline: .seconds(5))
            }
            #expect(seen.totalMinor == 2000)
            #expect(seen.events.map(\.status) == ["accepted"])
        }
    }
}
