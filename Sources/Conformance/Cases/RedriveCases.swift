// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-17, B-25: dead letters get their attempts back.
enum RedriveCases {
    static let all: [ConformanceCase] = choice + filters + care

    private static let choice: [ConformanceCase] = [
        .broker("B-17.1", "all dead letters are ready again, with all their attempts") { trial in
            let (queue, messages) = try await buried(trial, 3)
            let answer = try await redrive(trial, queue)
            try requireEqual(answer.count, 3, "count")
            try require(!answer.more, "more false", seen: "more true")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let deliveries = try await consumer.next(3)
            try requireEqual(
                Set(deliveries.map(\.message.id)), Set(messages.map(\.id)), "messages")
            try requireEqual(Set(deliveries.map(\.attempt)), [1], "attempts")
            try requireEqual(try await trial.deadLetters(in: queue).count, 0, "dead letters:")
        },
        .broker("B-17.2", "those that are named are redriven, and no others") { trial in
            let (queue, _) = try await buried(trial, 3)
            let letter = try await trial.deadLetters(in: queue)[1]
            let answer = try await redrive(trial, queue) { $0.sequences = [letter.sequence] }
            try requireEqual(answer.count, 1, "count")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try requireEqual(
                try await consumer.next().message.id, letter.message.id, "message")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-17.3", "one that is no longer dead is passed over") { trial in
            let (queue, _) = try await buried(trial, 1)
            let sequence = try await trial.deadLetters(in: queue)[0].sequence
            for count: UInt32 in [1, 0] {
                let answer = try await redrive(trial, queue) { $0.sequences = [sequence] }
                try requireEqual(answer.count, count, "count")
            }
        },
        .broker("B-17.4", "no more than the limit are redriven, and `more` says that there are") {
            trial in
            let (queue, _) = try await buried(trial, 3)
            let first = try await redrive(trial, queue) { $0.limit = 2 }
            try requireEqual(first.count, 2, "count")
            try require(first.more, "more true", seen: "more false")
            let second = try await redrive(trial, queue) { $0.limit = 2 }
            try requireEqual(second.count, 1, "count")
            try require(!second.more, "more false", seen: "more true")
        },
        .broker("B-17.5", "a redriven message that fails again is a dead letter again") { trial in
            let (queue, _) = try await buried(trial, 1)
            _ = try await redrive(trial, queue)
            let consumer = try await trial.consumer(of: queue, credit: 1)
            try await consumer.finish(try await consumer.next(), .dead, reason: "again")
            try await trial.eventually("the dead letter, once") {
                try await trial.deadLetters(in: queue).map(\.reason)
            } until: {
                $0 == ["again"]
            }
        },
    ]

    private static let filters: [ConformanceCase] = [
        .broker("B-17.6", "those of one tenant are redriven, and no others") { trial in
            let (queue, messages) = try await buried(trial, 3)
            let answer = try await redrive(trial, queue) {
                $0.filter.tenant = messages[2].tenant
            }
            try requireEqual(answer.count, 1, "count")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try requireEqual(try await consumer.next().message.id, messages[2].id, "message")
        },
        .broker("B-17.7", "dead letters are found by tenant and by reason") { trial in
            let (queue, messages) = try await buried(trial, 3)
            let finds: [(DeadLetterFilter, Int)] = [
                (.init(tenant: messages[0].tenant, reason: "", diedBeforeMilliseconds: 0), 1),
                (.init(tenant: "", reason: "card", diedBeforeMilliseconds: 0), 3),
                (.init(tenant: "", reason: "Card", diedBeforeMilliseconds: 0), 0),
                (.init(tenant: "", reason: "", diedBeforeMilliseconds: 1), 0),
            ]
            for (filter, count) in finds {
                let request = DeadLetters(queue: queue, after: 0, limit: 100, filter: filter)
                let answer = try await trial.desk().call(request, DeadLettersOK.self)
                try requireEqual(answer.letters.count, count, "dead letters found:")
            }
        },
    ]

    private static let care: [ConformanceCase] = [
        .broker("B-25.1", "a dry run counts, and changes nothing") { trial in
            let (queue, _) = try await buried(trial, 3)
            for _ in 0..<2 {
                let answer = try await redrive(trial, queue) { $0.dryRun = true }
                try requireEqual(answer.count, 3, "count")
            }
            try requireEqual(try await trial.deadLetters(in: queue).count, 3, "dead letters:")
        },
        .broker("B-25.2", "a request that is repeated under its id changes nothing") { trial in
            let (queue, _) = try await buried(trial, 2)
            let id = trial.makeID()
            let first = try await redrive(trial, queue) {
                $0.id = id
                $0.limit = 1
            }
            let again = try await redrive(trial, queue) {
                $0.id = id
                $0.limit = 1
            }
            try requireEqual([first.count, again.count], [1, 1], "counts")
            try requireEqual([first.repeated, again.repeated], [false, true], "repeated")
            try requireEqual(try await trial.deadLetters(in: queue).count, 1, "dead letters:")
        },
        .broker("B-25.3", "with a rate, each waits for its turn", .slow) { trial in
            let (queue, _) = try await buried(trial, 4)
            let begin = ContinuousClock.now
            let answer = try await redrive(trial, queue) { $0.ratePerSecond = 2 }
            try requireEqual(answer.count, 4, "count")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            _ = try await consumer.next(4)
            let passed = ContinuousClock.now - begin
            try require(
                passed > .milliseconds(1_400), "four at two a second in 1.5 seconds",
                seen: "four in \(passed)")
        },
    ]

    /// A queue with dead letters, each of a tenant of its own.
    private static func buried(
        _ trial: Trial, _ count: Int
    ) async throws -> (queue: String, messages: [Envelope]) {
        let queue = try await trial.queue()
        let messages = trial.envelopes(count) { $0.tenant = trial.makeName() }
        try await trial.bury(messages, in: queue, reason: "the card is broken")
        return (queue, messages)
    }

    private static func redrive(
        _ trial: Trial, _ queue: String, _ change: (inout Redrive) -> Void = { _ in }
    ) async throws -> Redriven {
        var request = Redrive(queue, who: trial.who, why: "to try the server")
        change(&request)
        return try await trial.desk().call(request)
    }
}
