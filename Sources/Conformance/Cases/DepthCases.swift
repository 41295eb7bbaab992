// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-4: how much a queue takes.
enum DepthCases {
    static let all: [ConformanceCase] = [
        .broker("B-4.1", "a full queue refuses with depth, limit and the time to come back") {
            trial in
            let queue = try await trial.queue { $0.depthMax = 3 }
            try await fill(trial, queue, 3)
            let refusal = try await refuse(trial, queue)
            try require(
                refusal.retryAfterMilliseconds > 0, "retry_after_ms above 0", seen: "0")
            let pressure = refusal.pressure
            try require(
                pressure.depth == 3 && pressure.depthMax == 3 && !pressure.inBytes,
                "pressure: 3 of 3 messages", seen: "pressure: \(pressure.words)")
        },
        .broker("B-4.2", "a full queue takes compensations") { trial in
            let queue = try await trial.queue { $0.depthMax = 2 }
            try await fill(trial, queue, 2)
            for _ in 0..<3 {
                let message = trial.envelope { $0.priority = .compensation }
                _ = try await trial.publish(message, to: queue)
            }
        },
        .broker("B-4.3", "the limit in bytes is kept, and told as such") { trial in
            let queue = try await trial.queue { $0.byteDepthMax = 4_096 }
            let big = { trial.envelope { $0.body = ByteBuffer(repeating: 1, count: 2_500) } }
            _ = try await trial.publish(big(), to: queue)
            let refusal = try await trial.desk().refusal(
                of: Publish(queue: queue, message: big()), .queueFull)
            let pressure = refusal.pressure
            try require(
                pressure.inBytes && pressure.depthMax == 4_096, "pressure: of 4096 bytes",
                seen: "pressure: \(pressure.words)")
        },
        .broker("B-4.4", "the limit is exact, however many publish at once") { trial in
            let queue = try await trial.queue { $0.depthMax = 20 }
            let peers = [try await trial.peer(), try await trial.peer()]
            var asked: [(WirePeer, UInt64)] = []
            for peer in peers {
                let first = peer.makeCorrelation()
                let numbers = first..<(first + 40)
                peer.send(
                    numbers.map {
                        RawFrame(Publish(queue: queue, message: trial.envelope()), correlation: $0)
                    })
                asked += numbers.map { (peer, $0) }
            }
            var takenCount = 0
            for (peer, number) in asked {
                let answer = try await peer.answer(to: number, "an answer to each")
                if let refusal = answer.refusal {
                    try requireEqual(
                        refusal.words, "ERROR queue_full, not_applied", "the refusal")
                } else {
                    takenCount += 1
                }
            }
            try requireEqual(takenCount, 20, "publishes taken:")
        },
        .broker("B-4.5", "a queue that was full takes as much as was settled") { trial in
            let queue = try await trial.queue { $0.depthMax = 2 }
            try await fill(trial, queue, 2)
            let consumer = try await trial.consumer(of: queue, credit: 1)
            let delivery = try await consumer.next()
            // What is on lease counts.
            _ = try await refuse(trial, queue)
            try await consumer.finish(delivery)
            try await trial.eventually("room for one, and no more") {
                let peer = try await trial.desk()
                let request = Publish(queue: queue, message: trial.envelope())
                return try await peer.answer(to: peer.ask(request)).description
            } until: {
                $0 == "PUBLISHED"
            }
            try await trial.awaitCount({ $0.ready + $0.leased }, 2, in: queue, "held")
            _ = try await refuse(trial, queue)
        },
    ]

    /// Publishes so many, and waits until the queue says that it has them: a server may count by what
    /// others tell it.
    private static func fill(_ trial: Trial, _ queue: String, _ count: Int) async throws {
        try await trial.publish(trial.envelopes(count), to: queue)
        try await trial.awaitCount(\.ready, UInt64(count), in: queue, "ready")
    }

    private static func refuse(_ trial: Trial, _ queue: String) async throws -> ErrorReply {
        try await trial.desk().refusal(
            of: Publish(queue: queue, message: trial.envelope()), .queueFull)
    }
}

extension QueuePressure {
    var words: String { "\(depth) of \(depthMax) \(inBytes ? "bytes" : "messages")" }
}
