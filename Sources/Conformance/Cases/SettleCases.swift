// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-12: a verdict and what follows from it, together or not at all.
enum SettleCases {
    static let all: [ConformanceCase] = [
        .broker("B-12.1", "an output is published with the verdict") { trial in
            let (queue, consumer, delivery) = try await leased(trial)
            let target = try await trial.queue()
            let outputs = trial.envelopes(3).map {
                Output(queue: target, message: $0, delayMilliseconds: 0)
            }
            try await consumer.finish(delivery, outputs: outputs)
            let next = try await trial.consumer(of: target, credit: 10)
            let ids = try await next.next(3).map(\.message.id)
            try requireEqual(Set(ids), Set(outputs.map(\.message.id)), "outputs")
            try await trial.awaitCount(\.leased, 0, in: queue, "on lease")
        },
        .broker("B-12.2", "an output to a queue that is not there refuses the whole") { trial in
            let (_, consumer, delivery) = try await leased(trial)
            let target = try await trial.queue()
            let outputs = [
                Output(queue: target, message: trial.envelope(), delayMilliseconds: 0),
                Output(queue: trial.makeName(), message: trial.envelope(), delayMilliseconds: 0),
            ]
            try await consumer.refusal(
                of: delivery.settlement(.ack, outputs: outputs), .unknownQueue)
            let standings = try await trial.standings(of: [outputs[0].message], in: target)
            try requireEqual(standings, [.neverSeen], "standings")
            // The lease goes on.
            try await consumer.finish(delivery)
        },
        .broker("B-12.3", "an output to a full queue refuses the whole, and says how full it is") {
            trial in
            let (_, consumer, delivery) = try await leased(trial)
            let target = try await trial.queue { $0.depthMax = 1 }
            try await trial.publish(trial.envelopes(1), to: target)
            try await trial.awaitCount(\.ready, 1, in: target, "ready")
            let output = Output(queue: target, message: trial.envelope(), delayMilliseconds: 0)
            let result = try await consumer.refusal(
                of: delivery.settlement(.ack, outputs: [output]), .queueFull)
            try require(
                result.retryAfterMilliseconds > 0, "retry_after_ms above 0", seen: "0")
            let pressure = result.pressure
            try require(
                pressure.depth == 1 && pressure.depthMax == 1, "pressure: 1 of 1 messages",
                seen: "pressure: \(pressure.words)")
            let standings = try await trial.standings(of: [output.message], in: target)
            try requireEqual(standings, [.neverSeen], "standings")
            try await consumer.finish(delivery)
        },
        .broker("B-12.4", "an output whose id is known is not stored again") { trial in
            let (_, consumer, delivery) = try await leased(trial)
            let target = try await trial.queue()
            let known = trial.envelope()
            _ = try await trial.publish(known, to: target)
            try await consumer.finish(
                delivery, outputs: [Output(queue: target, message: known, delayMilliseconds: 0)])
            let next = try await trial.consumer(of: target, credit: 10)
            _ = try await next.next()
            try await next.nothingMore(for: trial.server.quiet)
        },
        .broker("B-12.5", "each settlement of a frame is taken or refused by itself, in order") {
            trial in
            let queue = try await trial.queue()
            try await trial.publish(trial.envelopes(3), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 3)
            var settlements = try await consumer.next(3).map { $0.settlement(.ack) }
            settlements[1].token &+= 1
            let answer = try await consumer.peer.call(
                Settle(queue: queue, settlements: settlements), Settled.self)
            try requireEqual(
                answer.results.map(\.code), [0, WireErrorCode.staleLease.rawValue, 0], "codes")
        },
        .broker("B-12.6", "`retry` and `dead` publish their outputs too") { trial in
            for verdict: Verdict in [.retry, .dead] {
                let (_, consumer, delivery) = try await leased(trial)
                let target = try await trial.queue()
                let output = Output(queue: target, message: trial.envelope(), delayMilliseconds: 0)
                try await consumer.finish(delivery, verdict, outputs: [output])
                let next = try await trial.consumer(of: target, credit: 1)
                try requireEqual(try await next.next().message.id, output.message.id, "output")
            }
        },
    ]

    private static func leased(
        _ trial: Trial
    ) async throws -> (queue: String, Consumer, Delivery) {
        let queue = try await trial.queue()
        _ = try await trial.publish(trial.envelope(), to: queue)
        let consumer = try await trial.consumer(of: queue, credit: 1)
        return (queue, consumer, try await consumer.next())
    }
}
