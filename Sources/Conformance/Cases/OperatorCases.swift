// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-21, B-22, B-24: what operators do, and what is known of it.
enum OperatorCases {
    static let all: [ConformanceCase] = pauses + purges + audit

    private static let pauses: [ConformanceCase] = [
        .broker("B-21.1", "a paused queue takes messages and delivers none, until it is resumed") {
            trial in
            let queue = try await trial.queue()
            try await pause(trial, queue)
            try await trial.publish(trial.envelopes(2), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try await consumer.nothingMore(for: trial.server.quiet)
            let statistics = try await trial.statistics(of: queue)
            try require(statistics.paused, "paused true", seen: "paused false")
            try requireEqual(statistics.ready, 2, "ready")
            _ = try await trial.desk().call(
                Resume(queue: queue, who: trial.who, why: "to try the server"), Resumed.self)
            _ = try await consumer.next(2)
        },
        .broker("B-21.2", "what is on lease in a paused queue is settled") { trial in
            let queue = try await trial.queue()
            _ = try await trial.publish(trial.envelope(), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let delivery = try await consumer.next()
            try await pause(trial, queue)
            try await consumer.finish(delivery, .release)
            try await consumer.nothingMore(for: trial.server.quiet)
        },
    ]

    private static let purges: [ConformanceCase] = [
        .broker("B-22.1", "a purge removes what waits, and leaves what is on lease and dead") {
            trial in
            let queue = try await trial.queue()
            try await trial.bury(trial.envelopes(1), in: queue)
            let messages = trial.envelopes(4)
            try await trial.publish([messages[0]], to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 1)
            let delivery = try await consumer.next()
            try await trial.publish(Array(messages.dropFirst()), to: queue)
            let answer = try await purge(trial, queue, dead: false)
            try requireEqual(answer.count, 3, "count")
            let standings = try await trial.standings(of: messages, in: queue)
            try requireEqual(
                standings, [.held, .settled, .settled, .settled], "standings")
            try requireEqual(try await trial.deadLetters(in: queue).count, 1, "dead letters:")
            try await consumer.finish(delivery)
            consumer.add(credit: 10)
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-22.2", "a purge of dead letters removes those, and nothing else") { trial in
            let queue = try await trial.queue()
            try await trial.bury(trial.envelopes(2), in: queue)
            let waiting = trial.envelope()
            _ = try await trial.publish(waiting, to: queue)
            let answer = try await purge(trial, queue, dead: true)
            try requireEqual(answer.count, 2, "count")
            try requireEqual(try await trial.deadLetters(in: queue).count, 0, "dead letters:")
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try requireEqual(try await consumer.next().message.id, waiting.id, "message")
        },
    ]

    private static let audit: [ConformanceCase] = [
        .broker("B-24.1", "an act is told with who, why, and of how many") { trial in
            let queue = try await trial.queue()
            try await trial.publish(trial.envelopes(3), to: queue)
            let why = "the case \(trial.makeName())"
            let request = Purge(queue: queue, dead: false, who: trial.who, why: why)
            _ = try await trial.desk().call(request, Purged.self)
            let entries = try await entries(trial, queue)
            guard let entry = entries.first(where: { $0.why == why }) else {
                throw CaseFailure(
                    expected: "an entry because of '\(why)'",
                    seen: "entries because of \(entries.map(\.why))")
            }
            try requireEqual(entry.verb, .purgeWaiting, "verb")
            try requireEqual(entry.count, 3, "count")
            // The name in the certificate first, whatever that is.
            try require(
                entry.who.hasSuffix(trial.who) && entry.who != trial.who,
                "who: a name, and \(trial.who)", seen: "who: \(entry.who)")
        },
        .broker("B-24.2", "what changes nothing is no act") { trial in
            let queue = try await trial.queue()
            let before = try await entries(trial, queue).count
            try await trial.declare(queue) { _ in }
            _ = try await purge(trial, queue, dead: false)
            _ = try await trial.desk().call(
                Redrive(queue, who: trial.who, why: "of nothing"), Redriven.self)
            try requireEqual(try await entries(trial, queue).count, before, "entries:")
        },
    ]

    private static func pause(_ trial: Trial, _ queue: String) async throws {
        _ = try await trial.desk().call(
            Pause(queue: queue, who: trial.who, why: "to try the server"), Paused.self)
    }

    private static func purge(
        _ trial: Trial, _ queue: String, dead: Bool
    ) async throws -> Purged {
        try await trial.desk().call(
            Purge(queue: queue, dead: dead, who: trial.who, why: "to try the server"))
    }

    /// The newest entries about the queue.
    private static func entries(
        _ trial: Trial, _ queue: String
    ) async throws -> [AuditEntry] {
        let request = Audit(before: 0, limit: UInt32(WireLimits.auditCountMax))
        return try await trial.desk().call(request, AuditOK.self).entries
            .filter { $0.queue == queue }
    }
}
