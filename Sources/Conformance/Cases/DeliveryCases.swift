// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import Wire

/// B-6, B-7, B-9: who gets what, and when.
enum DeliveryCases {
    static let all: [ConformanceCase] = credit + leases + time

    private static let credit: [ConformanceCase] = [
        .broker("B-6.1", "no more is delivered than there is credit for") { trial in
            let queue = try await trial.queue()
            try await trial.publish(trial.envelopes(5), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 2)
            let deliveries = try await consumer.next(2)
            try await consumer.nothingMore(for: trial.server.quiet)
            // A settlement gives no credit back.
            try await consumer.finish(deliveries[0])
            try await consumer.nothingMore(for: trial.server.quiet)
            consumer.add(credit: 1)
            _ = try await consumer.next()
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-6.2", "without credit nothing is delivered, until there is some") { trial in
            let queue = try await trial.queue()
            try await trial.publish(trial.envelopes(2), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 0)
            try await consumer.nothingMore(for: trial.server.quiet)
            consumer.add(credit: 2)
            _ = try await consumer.next(2)
        },
        .broker("B-6.3", "credits of two subscriptions are counted apart") { trial in
            let queues = [try await trial.queue(), try await trial.queue()]
            let peer = try await trial.peer()
            var consumers: [Consumer] = []
            for (index, queue) in queues.enumerated() {
                try await trial.publish(trial.envelopes(3), to: queue)
                consumers.append(
                    try await trial.consumer(
                        of: queue, credit: UInt32(index + 1), on: peer,
                        subscription: UInt32(index + 1)))
            }
            for (index, consumer) in consumers.enumerated() {
                _ = try await consumer.next(index + 1)
            }
            for consumer in consumers { try await consumer.nothingMore(for: trial.server.quiet) }
        },
    ]

    private static let leases: [ConformanceCase] = [
        .broker("B-7.1", "a message is on lease to one consumer at a time") { trial in
            let queue = try await trial.queue()
            let messages = trial.envelopes(30)
            let consumers = [
                try await trial.consumer(of: queue, credit: 20),
                try await trial.consumer(of: queue, credit: 20),
            ]
            try await trial.publish(messages, to: queue)
            try await trial.awaitCount(\.leased, 30, in: queue, "on lease")
            var ids: [UniqueID] = []
            for consumer in consumers {
                // What one has, the other has not: together they have all, each once.
                while case .frame(let frame) = await consumer.peer.find(
                    within: trial.server.quiet, { $0.header.opcode == Opcode.deliver.rawValue })
                {
                    ids += try frame.decode(Deliver.self).deliveries.map(\.message.id)
                }
            }
            try requireEqual(ids.count, 30, "deliveries:")
            try requireEqual(Set(ids).count, 30, "different messages:")
        },
        .broker("B-7.2", "each lease of a message has a token greater than those before") { trial in
            let queue = try await trial.queue()
            _ = try await trial.publish(trial.envelope(), to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            var last: UInt64 = 0
            for _ in 0..<4 {
                let delivery = try await consumer.next()
                try require(
                    delivery.token > last, "a token above \(last)", seen: "token \(delivery.token)")
                last = delivery.token
                try await consumer.finish(delivery, .release)
            }
        },
        .broker("B-7.3", "a lease has a token greater than all before it in any queue") { trial in
            var last: UInt64 = 0
            for _ in 0..<3 {
                let queue = try await trial.queue()
                try await trial.publish(trial.envelopes(2), to: queue)
                let consumer = try await trial.consumer(of: queue, credit: 1)
                for _ in 0..<2 {
                    let delivery = try await consumer.next()
                    try require(
                        delivery.token > last, "a token above \(last)",
                        seen: "token \(delivery.token)")
                    last = delivery.token
                    consumer.add(credit: 1)
                }
            }
        },
    ]

    private static let time: [ConformanceCase] = [
        .broker("B-9.1", "a message is not delivered before its time, and is after it", .slow) {
            trial in
            let queue = try await trial.queue()
            let due = WallClock().now() + .seconds(3)
            let message = trial.envelope { $0.notBeforeMilliseconds = due.milliseconds }
            _ = try await trial.publish(message, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 1)
            _ = try await consumer.next()
            let early = due - WallClock().now()
            try require(
                early < .milliseconds(100), "a delivery at its time",
                seen: "a delivery \(early) too early")
        },
        .broker("B-9.2", "a message that waits for its time holds up no other") { trial in
            let queue = try await trial.queue()
            let due = WallClock().now() + .seconds(600)
            let late = trial.envelope { $0.notBeforeMilliseconds = due.milliseconds }
            let now = trial.envelope()
            try await trial.publish([late, now], to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 10)
            try requireEqual(try await consumer.next().message.id, now.id, "message")
            try await consumer.nothingMore(for: trial.server.quiet)
        },
        .broker("B-9.3", "an output is not delivered before its delay is over, and is then", .slow)
        {
            trial in
            let source = try await trial.queue()
            let target = try await trial.queue()
            try await trial.publish(trial.envelopes(1), to: source)
            let consumer = try await trial.consumer(of: source, credit: 1)
            let delivery = try await consumer.next()
            // Longer than the way of the prompt one, however slow what is behind a bridge.
            let late = Output(queue: target, message: trial.envelope(), delayMilliseconds: 8_000)
            let prompt = Output(queue: target, message: trial.envelope(), delayMilliseconds: 0)
            // From before the settlement: by its own clock the server cannot begin earlier.
            let asked = ContinuousClock.now
            try await consumer.finish(delivery, outputs: [late, prompt])
            let next = try await trial.consumer(of: target, credit: 10)
            try requireEqual(try await next.next().message.id, prompt.message.id, "message")
            try requireEqual(try await next.next().message.id, late.message.id, "message")
            let passed = ContinuousClock.now - asked
            try require(
                passed > .milliseconds(7_900), "a delivery after 8 seconds",
                seen: "a delivery after \(passed)")
        },
    ]
}
