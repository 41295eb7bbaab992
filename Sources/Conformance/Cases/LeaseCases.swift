// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-10, B-11: how leases end.
enum LeaseCases {
    static let all: [ConformanceCase] = ends + stale

    private static let ends: [ConformanceCase] = [
        .broker("B-10.1", "a lease that ends by its time costs an attempt", .slow) { trial in
            let queue = try await trial.queue {
                // The second lease must last until it is settled, however slow what is behind a bridge.
                $0.leaseMilliseconds = 8_000
                $0.attemptsMax = 2
            }
            _ = try await trial.publish(trial.envelope(), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try requireEqual(try await consumer.next().attempt, 1, "attempt")
            let again = try await consumer.next()
            try requireEqual(again.attempt, 2, "attempt")
            try await consumer.finish(again, .dead, reason: "enough")
            let errors = try await trial.deadLetters(in: queue).flatMap(\.attempts).map(\.error)
            try require(
                errors.first == "lease expired", "a first attempt failed by `lease expired`",
                seen: "attempts failed by \(errors)")
        },
        .broker("B-10.2", "what a consumer holds that stops is ready, and no attempt is burned") {
            trial in
            let queue = try await trial.queue()
            _ = try await trial.publish(trial.envelope(), to: queue)
            let first = try await trial.consumer(of: queue, credit: 1)
            _ = try await first.next()
            try await first.stop()
            try await comesBackUnburned(trial, queue)
        },
        .broker("B-10.3", "what a consumer holds that hangs up is ready, and no attempt is burned")
        {
            trial in
            let queue = try await trial.queue()
            _ = try await trial.publish(trial.envelope(), to: queue)
            let first = try await trial.consumer(of: queue, credit: 1)
            _ = try await first.next()
            await first.peer.close()
            try await comesBackUnburned(trial, queue)
        },
        .broker("B-10.4", "a lease that is extended does not end by its first time", .slow) {
            trial in
            let queue = try await trial.queue { $0.leaseMilliseconds = 6_000 }
            _ = try await trial.publish(trial.envelope(), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            let delivery = try await consumer.next()
            let request = Extend(
                queue: queue, sequence: delivery.sequence, token: delivery.token,
                leaseMilliseconds: 60_000)
            _ = try await consumer.peer.call(request, Extended.self)
            try await consumer.nothingMore(for: .seconds(9))
            try await consumer.finish(delivery)
        },
    ]

    private static let stale: [ConformanceCase] = [
        .broker("B-11.1", "a token that is not that of the lease is refused, and changes nothing") {
            trial in
            let (queue, consumer, delivery) = try await leased(trial)
            for offset: UInt64 in [1, .max] {
                var settlement = delivery.settlement(.ack)
                settlement.token &+= offset
                try await consumer.refusal(of: settlement, .staleLease)
            }
            try await trial.awaitCount(\.leased, 1, in: queue, "on lease")
            try await consumer.finish(delivery)
        },
        .broker("B-11.2", "the token of a lease that is over is refused") { trial in
            let (_, consumer, delivery) = try await leased(trial)
            try await consumer.finish(delivery, .release)
            let again = try await consumer.next()
            try await consumer.refusal(of: delivery.settlement(.ack), .staleLease)
            try await consumer.finish(again)
        },
        .broker("B-11.3", "a delivery is settled once") { trial in
            let (queue, consumer, delivery) = try await leased(trial)
            try await consumer.finish(delivery)
            for verdict: Verdict in [.ack, .retry, .release, .dead] {
                try await consumer.refusal(of: delivery.settlement(verdict), .staleLease)
            }
            try requireEqual(try await trial.deadLetters(in: queue).count, 0, "dead letters:")
        },
        .broker("B-11.4", "a lease that is over is not extended") { trial in
            let (queue, consumer, delivery) = try await leased(trial)
            try await consumer.finish(delivery)
            let request = Extend(
                queue: queue, sequence: delivery.sequence, token: delivery.token,
                leaseMilliseconds: 60_000)
            try await consumer.peer.refusal(of: request, .staleLease)
        },
        .broker("B-11.5", "outputs of a settlement that is refused are not published") { trial in
            let (_, consumer, delivery) = try await leased(trial)
            let target = try await trial.queue()
            let output = Output(queue: target, message: trial.envelope(), delayMilliseconds: 0)
            var settlement = delivery.settlement(.ack, outputs: [output])
            settlement.token &+= 1
            try await consumer.refusal(of: settlement, .staleLease)
            let standings = try await trial.standings(of: [output.message], in: target)
            try requireEqual(standings, [.neverSeen], "standings")
        },
    ]

    /// A queue whose one message is on lease.
    private static func leased(
        _ trial: Trial
    ) async throws -> (queue: String, Consumer, Delivery) {
        let queue = try await trial.queue()
        _ = try await trial.publish(trial.envelope(), to: queue)
        let consumer = try await trial.consumer(of: queue, credit: 10)
        return (queue, consumer, try await consumer.next())
    }

    private static func comesBackUnburned(_ trial: Trial, _ queue: String) async throws {
        let next = try await trial.consumer(of: queue, credit: 1)
        let delivery = try await next.next()
        try requireEqual(delivery.attempt, 1, "attempt")
        try requireEqual(delivery.acquired, 2, "acquired")
    }
}
