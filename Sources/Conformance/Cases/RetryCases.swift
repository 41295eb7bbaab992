// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-13 to B-15: what comes back, and what does not.
enum RetryCases {
    static let all: [ConformanceCase] = retries + releases + dead

    private static let retries: [ConformanceCase] = [
        .broker("B-13.1", "`retry` brings a message back, an attempt later") { trial in
            let (_, consumer, delivery) = try await leased(trial)
            try requireEqual(delivery.attempt, 1, "attempt")
            try requireEqual(delivery.attemptsMax, 4, "attempts_max")
            try await consumer.finish(delivery, .retry, reason: "not now")
            let again = try await consumer.next()
            try requireEqual(again.message.id, delivery.message.id, "message")
            try requireEqual(again.attempt, 2, "attempt")
        },
        .broker("B-13.2", "`retry` brings a message back after its time, not before", .slow) {
            trial in
            let (_, consumer, delivery) = try await leased(trial)
            let begin = ContinuousClock.now
            try await consumer.finish(delivery, .retry, after: 3_000)
            _ = try await consumer.next()
            let passed = ContinuousClock.now - begin
            try require(
                passed > .milliseconds(2_900), "a delivery after 3 seconds",
                seen: "a delivery after \(passed)")
        },
        .broker("B-13.3", "without attempts left a message is dead, with reason and every attempt")
        {
            trial in
            let (queue, consumer, delivery) = try await leased(trial) { $0.attemptsMax = 2 }
            try await consumer.finish(delivery, .retry, reason: "first reason")
            try await consumer.finish(try await consumer.next(), .retry, reason: "second reason")
            try await trial.eventually("a dead letter") {
                try await trial.deadLetters(in: queue).count
            } until: {
                $0 == 1
            }
            let letter = try await trial.deadLetters(in: queue)[0]
            try requireEqual(letter.message.id, delivery.message.id, "dead letter")
            try requireEqual(
                letter.attempts.map(\.error), ["first reason", "second reason"], "attempts")
            try requireEqual(letter.reason, "second reason", "reason")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-13.4", "the back-off is at most that of the queue's policy", .slow) { trial in
            let (_, consumer, delivery) = try await leased(trial) {
                $0.backoffBaseMilliseconds = 200
                $0.backoffMaxMilliseconds = 400
            }
            let begin = ContinuousClock.now
            try await consumer.finish(delivery, .retry)
            try await consumer.finish(try await consumer.next(), .retry)
            _ = try await consumer.next()
            let passed = ContinuousClock.now - begin
            // 200 and 400 ms, what rounds them up to seconds, and what a busy machine adds.
            try require(
                passed < .seconds(10), "two retries within a second or so",
                seen: "two retries in \(passed)")
        },
    ]

    private static let releases: [ConformanceCase] = [
        .broker("B-14.1", "`release` brings a message back, and burns no attempt") { trial in
            let (_, consumer, first) = try await leased(trial) { $0.attemptsMax = 1 }
            var delivery = first
            for acquired: UInt32 in 2...5 {
                try await consumer.finish(delivery, .release)
                delivery = try await consumer.next()
                try requireEqual(delivery.attempt, 1, "attempt")
                try requireEqual(delivery.acquired, acquired, "acquired")
            }
        }
    ]

    private static let dead: [ConformanceCase] = [
        .broker("B-15.1", "a dead letter lies there once, and is delivered to nobody") { trial in
            let queue = try await trial.queue()
            let messages = trial.envelopes(3)
            try await trial.bury(messages, in: queue, reason: "broken")
            let letters = try await trial.deadLetters(in: queue)
            try requireEqual(letters.count, 3, "dead letters:")
            try requireEqual(
                Set(letters.map(\.message.id)), Set(messages.map(\.id)), "dead letters")
            try requireEqual(Set(letters.map(\.reason)), ["broken"], "reasons")
            try await trial.awaitCount(\.dead, 3, in: queue, "dead")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-15.2", "a dead letter keeps its message whole") { trial in
            let queue = try await trial.queue()
            let message = trial.envelope {
                $0.tenant = "conformance"
                $0.body = ByteBuffer(bytes: (0..<300).map { UInt8($0 & 0xFF) })
            }
            try await trial.bury([message], in: queue)
            try requireEqual(
                try await trial.deadLetters(in: queue).map(\.message), [message], "messages")
        },
        .broker("B-15.3", "dead letters are told a page at a time") { trial in
            let queue = try await trial.queue()
            let messages = trial.envelopes(3)
            try await trial.bury(messages, in: queue)
            var after: UInt64 = 0
            var ids: [UniqueID] = []
            for _ in 0..<4 {
                let request = DeadLetters(queue: queue, after: after, limit: 1, filter: .all)
                let page = try await trial.desk().call(request, DeadLettersOK.self)
                ids += page.letters.map(\.message.id)
                after = page.next
                if after == 0 { break }
            }
            try requireEqual(ids.count, 3, "dead letters in all pages:")
            try requireEqual(Set(ids).count, 3, "different ones:")
        },
    ]

    private static func leased(
        _ trial: Trial, _ change: (inout Declare) -> Void = { _ in }
    ) async throws -> (queue: String, Consumer, Delivery) {
        let queue = try await trial.queue(change)
        _ = try await trial.publish(trial.envelope(), to: queue)
        let consumer = try await trial.consumer(of: queue, credit: 100)
        return (queue, consumer, try await consumer.next())
    }
}
