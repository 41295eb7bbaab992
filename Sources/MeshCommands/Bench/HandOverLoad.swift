// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import ServiceClients
import Synchronization
import Wire

/// Consumers that acknowledge each message and publish another to the same queue with that: what a
/// stage does, at a depth that stays as it is.
final class HandOverLoad: Sendable {
    private let client: BrokerClient
    private let queue: String
    private let body: ByteBuffer
    private let run = UInt64.random(in: 0 ... .max)
    private let state = Mutex(State())

    private struct State {
        var nextID: UInt64 = 0
        var sample: BenchSample?
    }

    init(_ client: BrokerClient, queue: String, bodyByteCount: Int) {
        self.client = client
        self.queue = queue
        body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bodyByteCount)
    }

    /// Runs one consumer with up to `credit` messages at a time, until it is cancelled.
    func consume(credit: UInt32) async throws {
        let subscription = try await client.consume(queue, credit: credit)
        for try await batch in subscription {
            let begin = NIODeadline.now()
            let results = try await client.settle(
                batch.deliveries.map(settlement), in: queue)
            record(results, (NIODeadline.now() - begin).nanoseconds / 1000)
            client.grant(batch.deliveries.count, for: batch, of: subscription)
        }
    }

    func beginMeasuring() { state.withLock { $0.sample = BenchSample() } }

    /// Each message took as long as the answer to the settlements that it was among.
    func finish() -> BenchSample {
        state.withLock { state in
            defer { state.sample = nil }
            return state.sample ?? BenchSample()
        }
    }

    /// Messages that differ by their ids alone.
    func makeEnvelopes(_ count: Int) -> [Envelope] {
        let first = state.withLock { state in
            defer { state.nextID += UInt64(count) }
            return state.nextID
        }
        return (0..<UInt64(count)).map { offset in
            Envelope(
                id: UniqueID(high: run, low: first + offset), trace: .zero, group: .zero,
                tenant: "bench", priority: .normal, notBeforeMilliseconds: 0, body: body)
        }
    }

    private func settlement(_ delivery: Delivery) -> Settlement {
        Settlement(
            sequence: delivery.sequence, token: delivery.token, verdict: .ack,
            retryAfterMilliseconds: 0, reason: "",
            outputs: makeEnvelopes(1).map {
                Output(queue: queue, message: $0, delayMilliseconds: 0)
            })
    }

    private func record(_ results: [SettleResult], _ microseconds: Int64) {
        state.withLock { state in
            for result in results {
                if result.code == 0 {
                    state.sample?.record(microseconds)
                } else {
                    state.sample?.errorCount += 1
                }
            }
        }
    }
}
