// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// What cases about the broker do again and again.
extension Trial {
    /// Who asks, for the audit.
    var who: String { "conformance \(id)" }

    /// A queue of this case's own.
    func queue(_ change: (inout Declare) -> Void = { _ in }) async throws -> String {
        let name = makeName()
        try await declare(name, change)
        return name
    }

    func declare(_ name: String, _ change: (inout Declare) -> Void) async throws {
        var request = Declare(
            queue: name, leaseMilliseconds: 30_000, attemptsMax: 4, backoffBaseMilliseconds: 0,
            backoffMaxMilliseconds: 1_000, depthMax: 10_000, byteDepthMax: 1 << 30, who: who,
            why: "to try the server", holdBehindDead: false)
        change(&request)
        willTidy(name)
        _ = try await desk().call(request, Declared.self)
    }

    /// A message that nobody else has.
    func envelope(_ change: (inout Envelope) -> Void = { _ in }) -> Envelope {
        var envelope = Envelope(
            id: makeID(), trace: makeID(), group: .zero, tenant: "", priority: .normal,
            notBeforeMilliseconds: 0, body: ByteBuffer(string: "conformance"))
        change(&envelope)
        return envelope
    }

    /// So many messages.
    func envelopes(
        _ count: Int, _ change: (inout Envelope) -> Void = { _ in }
    ) -> [Envelope] {
        (0..<count).map { _ in envelope(change) }
    }

    /// Publishes to a queue, all at once, in order.
    func publish(_ messages: [Envelope], to queue: String) async throws {
        let answer = try await desk().call(
            PublishBatch(queue: queue, messages: messages), PublishedBatch.self)
        try requireEqual(answer.sequences.count, messages.count, "sequences in PUBLISHED_BATCH:")
    }

    func publish(_ message: Envelope, to queue: String) async throws -> Published {
        try await desk().call(Publish(queue: queue, message: message))
    }

    /// A subscription on a connection of its own.
    func consumer(
        of queue: String, credit: UInt32, on peer: WirePeer? = nil, subscription: UInt32 = 1
    ) async throws -> Consumer {
        let own = if let peer { peer } else { try await self.peer() }
        let request = Consume(queue: queue, subscription: subscription, credit: credit)
        _ = try await own.call(request, Consuming.self)
        return Consumer(own, queue: queue, subscription: subscription)
    }

    func statistics(of queue: String) async throws -> QueueStatistics {
        let answer = try await desk().call(QueueStats(queue: queue), QueueStatsOK.self)
        try requireEqual(answer.queues.count, 1, "queues in QUEUE_STATS_OK:")
        return answer.queues[0]
    }

    /// Waits until a number in a queue's statistics is this one.
    func awaitCount(
        _ number: (QueueStatistics) -> UInt64, _ count: UInt64, in queue: String, _ what: String
    ) async throws {
        try await eventually("\(what): \(count)") {
            number(try await statistics(of: queue))
        } until: {
            $0 == count
        }
    }

    func standings(of messages: [Envelope], in queue: String) async throws -> [Standing] {
        let request = MessageStatus(queue: queue, ids: messages.map(\.id))
        return try await desk().call(request, MessageStatusOK.self).standings
    }

    func deadLetters(in queue: String) async throws -> [DeadLetter] {
        let request = DeadLetters(queue: queue, after: 0, limit: 1_000, filter: .all)
        return try await desk().call(request, DeadLettersOK.self).letters
    }

    /// Makes dead letters of messages, and waits until they are.
    func bury(
        _ messages: [Envelope], in queue: String, reason: String = "no use"
    ) async throws {
        try await publish(messages, to: queue)
        let consumer = try await consumer(of: queue, credit: UInt32(messages.count))
        let deliveries = try await consumer.next(messages.count)
        let settlements = deliveries.map { $0.settlement(.dead, reason: reason) }
        let answer = try await consumer.peer.call(
            Settle(queue: queue, settlements: settlements), Settled.self)
        for result in answer.results {
            try require(result.code == 0, "a settlement that is taken", seen: result.words)
        }
        try await consumer.stop()
        try await eventually("\(messages.count) dead letters") {
            try await deadLetters(in: queue).count
        } until: {
            $0 == messages.count
        }
    }

    /// Throws away what a queue holds; what is on lease ends with its session.
    func empty(_ queue: String, by peer: WirePeer) async {
        for dead in [false, true] {
            let request = Purge(queue: queue, dead: dead, who: who, why: "the case is over")
            do { _ = try await peer.call(request, Purged.self) } catch {
                // Where purging is not to be had, messages stay until their time is over.
            }
        }
    }
}
