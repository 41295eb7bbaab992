// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-18: who may do what with queues.
enum AccessCases {
    static let all: [ConformanceCase] = [
        .broker("B-18.1", "a tenant may do nothing with queues") { trial in
            let queue = try await trial.queue()
            let requests: [any WireMessage] =
                working(trial, queue) + looking(queue) + operating(trial, queue)
            try await refuse(trial, .tenant, requests)
        },
        .broker("B-18.2", "a stage may not publish to, nor consume, what is not its own") { trial in
            let queue = try await trial.queue()
            try await refuse(trial, .stage, working(trial, queue))
            let standings = try await trial.statistics(of: queue)
            try requireEqual(standings.ready, 0, "ready")
        },
        .broker("B-18.3", "a stage may look at every queue") { trial in
            let queue = try await trial.queue()
            let peer = try await trial.peer(as: .stage)
            _ = try await peer.call(QueueStats(queue: queue), QueueStatsOK.self)
            _ = try await peer.call(
                MessageStatus(queue: queue, ids: [trial.makeID()]), MessageStatusOK.self)
        },
        .broker("B-18.4", "a stage may not do what operators do") { trial in
            let queue = try await trial.queue()
            try await refuse(trial, .stage, operating(trial, queue))
        },
        .broker("B-18.5", "a stage may not do to queues or shares what only operators may") {
            trial in
            let queue = try await trial.queue()
            try await refuse(
                trial, .stage,
                [
                    Pause(queue: queue, who: trial.who, why: "to be refused"),
                    Resume(queue: queue, who: trial.who, why: "to be refused"),
                    Purge(queue: queue, dead: false, who: trial.who, why: "to be refused"),
                    Audit(before: 0, limit: 1),
                    GetWeights(),
                    SetWeights(weights: [], who: trial.who, why: "to be refused"),
                ])
        },
        .broker("B-18.6", "to settle with an output is to publish it") { trial in
            let queue = try await trial.queue()
            let output = Output(queue: queue, message: trial.envelope(), delayMilliseconds: 0)
            let settlement = Settlement(
                sequence: 1, token: 1, verdict: .ack, retryAfterMilliseconds: 0, reason: "",
                outputs: [output])
            // The stage may consume `payment`, but not publish to this queue.
            let peer = try await trial.peer(as: .stage)
            let request = Settle(queue: "payment", settlements: [settlement])
            let answer = try await peer.answer(to: peer.ask(request), "not_permitted")
            let seen =
                try answer.refusal?.words
                ?? answer.decode(Settled.self).results.map(\.words).joined()
            try require(
                ["ERROR not_permitted, not_applied", "result not_permitted, not_applied"]
                    .contains(seen), "not_permitted, not_applied", seen: seen)
            let standings = try await trial.standings(of: [output.message], in: queue)
            try requireEqual(standings, [.neverSeen], "standings")
        },
    ]

    private static func working(_ trial: Trial, _ queue: String) -> [any WireMessage] {
        [
            Publish(queue: queue, message: trial.envelope()),
            PublishBatch(queue: queue, messages: trial.envelopes(2)),
            Consume(queue: queue, subscription: 1, credit: 0),
            Extend(queue: queue, sequence: 1, token: 1, leaseMilliseconds: 1_000),
        ]
    }

    private static func looking(_ queue: String) -> [any WireMessage] {
        [
            QueueStats(queue: queue), MessageStatus(queue: queue, ids: [.zero]),
            WatchDepth(queue: queue),
        ]
    }

    private static func operating(_ trial: Trial, _ queue: String) -> [any WireMessage] {
        [
            Declare(
                queue: queue, leaseMilliseconds: 1_000, attemptsMax: 1,
                backoffBaseMilliseconds: 0, backoffMaxMilliseconds: 0, depthMax: 1,
                byteDepthMax: 1, who: trial.who, why: "to be refused", holdBehindDead: false),
            DeadLetters(queue: queue, after: 0, limit: 1, filter: .all),
            Redrive(queue, who: trial.who, why: "to be refused"),
        ]
    }

    private static func refuse(
        _ trial: Trial, _ visitor: Visitor, _ requests: [any WireMessage]
    ) async throws {
        let peer = try await trial.peer(as: visitor)
        for request in requests {
            try await peer.refusal(of: request, .notPermitted)
        }
    }
}
