// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-20, B-27: order within a group.
enum GroupCases {
    static let all: [ConformanceCase] = order + held

    private static let order: [ConformanceCase] = [
        .broker("B-20.1", "messages of a group come one at a time, in their order") { trial in
            let queue = try await trial.queue()
            let messages = group(trial, 3)
            try await trial.publish(messages, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            for message in messages {
                let delivery = try await consumer.next()
                try requireEqual(delivery.message.id, message.id, "message")
                try await consumer.nothingMore(for: trial.server.quiet / 2)
                try await consumer.finish(delivery)
            }
        },
        .broker("B-20.2", "a group that waits holds up no other") { trial in
            let queue = try await trial.queue()
            let first = group(trial, 2)
            let second = group(trial, 2)
            try await trial.publish(first + second, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let ids = try await consumer.next(2).map(\.message.id)
            try requireEqual(Set(ids), [first[0].id, second[0].id], "messages")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-20.3", "while one waits for its retry, later ones of its group wait") { trial in
            let queue = try await trial.queue()
            let messages = group(trial, 2)
            try await trial.publish(messages, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try await consumer.finish(try await consumer.next(), .retry, after: 1_500)
            let again = try await consumer.next()
            try requireEqual(again.message.id, messages[0].id, "message")
            try await consumer.finish(again)
            try requireEqual(try await consumer.next().message.id, messages[1].id, "message")
        },
        .broker("B-20.4", "one group of two tenants is two groups") { trial in
            let queue = try await trial.queue()
            let name = trial.makeID()
            let tenants = [trial.makeName(), trial.makeName()]
            let messages = tenants.map { tenant in
                trial.envelope {
                    $0.group = name
                    $0.tenant = tenant
                }
            }
            try await trial.publish(messages, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            _ = try await consumer.next(2)
        },
    ]

    private static let held: [ConformanceCase] = [
        .broker("B-27.1", "what came behind a dead letter of its group waits, and is counted") {
            trial in
            let (queue, messages, consumer) = try await holdBehindDead(trial)
            try await consumer.nothingMore(for: trial.server.quiet)
            try requireEqual(try await trial.statistics(of: queue).held, 1, "held")
            let letters = try await trial.deadLetters(in: queue)
            try requireEqual(letters.map(\.held), [1], "waiting for the dead letter:")
            try requireEqual(letters.map(\.message.id), [messages[0].id], "dead letters")
        },
        .broker("B-27.2", "a dead letter that is redriven goes before what waited for it") {
            trial in
            let (queue, messages, consumer) = try await holdBehindDead(trial)
            _ = try await trial.desk().call(
                Redrive(queue, who: trial.who, why: "to try the server"), Redriven.self)
            for message in messages {
                let delivery = try await consumer.next()
                try requireEqual(delivery.message.id, message.id, "message")
                try await consumer.finish(delivery)
            }
        },
        .broker("B-27.3", "once the dead letter is purged, what waited for it goes on") { trial in
            let (queue, messages, consumer) = try await holdBehindDead(trial)
            _ = try await trial.desk().call(
                Purge(queue: queue, dead: true, who: trial.who, why: "to try the server"),
                Purged.self)
            try requireEqual(try await consumer.next().message.id, messages[1].id, "message")
        },
        .broker("B-27.4", "what undoes waits for no dead letter") { trial in
            let (queue, messages, consumer) = try await holdBehindDead(trial)
            let undo = trial.envelope {
                $0.group = messages[0].group
                $0.priority = .compensation
            }
            _ = try await trial.publish(undo, to: queue)
            try requireEqual(try await consumer.next().message.id, undo.id, "message")
        },
        .broker("B-27.5", "in a queue without that policy the group goes on") { trial in
            let queue = try await trial.queue()
            let messages = group(trial, 2)
            try await trial.publish(messages, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let dead = try await consumer.next(1)[0]
            try await consumer.finish(dead, .dead, reason: "no use")
            _ = try await consumer.next()
        },
    ]

    private static func group(_ trial: Trial, _ count: Int) -> [Envelope] {
        let name = trial.makeID()
        return trial.envelopes(count) { $0.group = name }
    }

    /// A queue in which the first of two messages of a group is dead, and the other waits for it.
    private static func holdBehindDead(
        _ trial: Trial
    ) async throws -> (queue: String, messages: [Envelope], Consumer) {
        let queue = try await trial.queue { $0.holdBehindDead = true }
        let messages = group(trial, 2)
        try await trial.publish(messages, to: queue)
        let consumer = try await trial.consumer(of: queue, credit: 10)
        try await consumer.finish(try await consumer.next(), .dead, reason: "no use")
        return (queue, messages, consumer)
    }
}
