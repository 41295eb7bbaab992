// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-2, B-3, B-5: what is stored, and what is not.
enum PublishCases {
    static let all: [ConformanceCase] = repeats + batches + refusals

    private static let repeats: [ConformanceCase] = [
        .broker("B-2.1", "a message that is published again is delivered once") { trial in
            let queue = try await trial.queue()
            let message = trial.envelope()
            let first = try await trial.publish(message, to: queue)
            let again = try await trial.publish(message, to: queue)
            try requireEqual(again.sequence, first.sequence, "sequence")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let delivery = try await consumer.next()
            try requireEqual(delivery.message, message, "message")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-2.2", "a message that is published again is called a duplicate") { trial in
            let queue = try await trial.queue()
            let message = trial.envelope()
            let first = try await trial.publish(message, to: queue)
            try require(!first.duplicate, "duplicate false at first", seen: "duplicate true")
            let again = try await trial.publish(message, to: queue)
            try require(again.duplicate, "duplicate true", seen: "duplicate false")
        },
        .broker("B-2.3", "a message that was settled is not stored again") { trial in
            let queue = try await trial.queue()
            let message = trial.envelope()
            let first = try await trial.publish(message, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try await consumer.finish(try await consumer.next())
            let again = try await trial.publish(message, to: queue)
            try requireEqual(again.sequence, first.sequence, "sequence")
            try require(again.duplicate, "duplicate true", seen: "duplicate false")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-2.4", "the id of one queue is unknown in another") { trial in
            let queues = [try await trial.queue(), try await trial.queue()]
            let message = trial.envelope()
            for queue in queues {
                let answer = try await trial.publish(message, to: queue)
                try require(!answer.duplicate, "duplicate false", seen: "duplicate true")
            }
        },
    ]

    private static let batches: [ConformanceCase] = [
        .broker("B-3.1", "of a batch that does not fit nothing is stored") { trial in
            let queue = try await trial.queue { $0.depthMax = 3 }
            let messages = trial.envelopes(4)
            let request = PublishBatch(queue: queue, messages: messages)
            try await trial.desk().refusal(of: request, .queueFull)
            let standings = try await trial.standings(of: messages, in: queue)
            try requireEqual(
                standings, Array(repeating: .neverSeen, count: 4), "standings")
        },
        .broker("B-3.2", "a batch that fits is stored whole, in its order") { trial in
            let queue = try await trial.queue()
            let messages = trial.envelopes(20)
            try await trial.publish(messages, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 20)
            let deliveries = try await consumer.next(20)
            try require(
                Set(deliveries.map(\.message.id)) == Set(messages.map(\.id)),
                "all messages of the batch", seen: "others")
        },
    ]

    private static let refusals: [ConformanceCase] = [
        .broker("B-5.1", "a queue that is not there is refused") { trial in
            let peer = try await trial.desk()
            let queue = trial.makeName()
            let message = trial.envelope()
            try await peer.refusal(of: Publish(queue: queue, message: message), .unknownQueue)
            try await peer.refusal(
                of: PublishBatch(queue: queue, messages: [message]), .unknownQueue)
            try await peer.refusal(
                of: Consume(queue: queue, subscription: 1, credit: 1), .unknownQueue)
            try await peer.refusal(of: QueueStats(queue: queue), .unknownQueue)
        },
        .broker("B-5.2", "the longest body is stored, or refused as too large") { trial in
            let queue = try await trial.queue()
            let message = trial.envelope {
                $0.body = ByteBuffer(repeating: 5, count: WireLimits.bodyByteCountMax)
            }
            let peer = try await trial.peer()
            let correlation = peer.ask(Publish(queue: queue, message: message))
            let answer = try await peer.answer(to: correlation, "PUBLISHED, or message_too_large")
            if let refusal = answer.refusal {
                try requireEqual(
                    refusal.words, "ERROR message_too_large, not_applied", "the refusal")
                return
            }
            let consumer = try await trial.consumer(of: queue, credit: 1)
            try requireEqual(try await consumer.next().message, message, "message")
        },
        .broker("B-5.3", "a name that no queue can have is refused") { trial in
            let peer = try await trial.desk()
            for name in ["", "Payment", "a b", "a/b"] {
                let request = Declare(
                    queue: name, leaseMilliseconds: 1_000, attemptsMax: 1,
                    backoffBaseMilliseconds: 0, backoffMaxMilliseconds: 0, depthMax: 1,
                    byteDepthMax: 1, who: trial.who, why: "", holdBehindDead: false)
                try await peer.refusal(of: request, .badQueue)
            }
        },
    ]
}
