// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import ServiceClients
import Wire

/// Messages put into a queue as fast as batches allow, to be consumed or only to be there.
struct BenchBacklog: Sendable {
    let queue: String
    let bodyByteCount: Int

    private static let batchCount = 1000
    /// Batches on the way at a time.
    private static let concurrency = 4

    /// Publishes `count` messages; returns when all are on disk.
    func fill(_ count: Int, of broker: BenchBroker) async throws {
        let run = UInt64.random(in: 0 ... .max)
        let starts = stride(from: 0, to: count, by: Self.batchCount)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, start) in starts.enumerated() {
                if index >= Self.concurrency { try await tasks.next() }
                let numbers = start..<min(start + Self.batchCount, count)
                tasks.addTask {
                    _ = try await broker.client.publish(
                        numbers.map { message(run, $0) }, to: queue)
                }
            }
            try await tasks.waitForAll()
        }
    }

    private func message(_ run: UInt64, _ number: Int) -> Envelope {
        Envelope(
            id: UniqueID(high: run, low: UInt64(number)), trace: .zero, group: .zero,
            tenant: "bench", priority: .normal, notBeforeMilliseconds: 0,
            body: OrderBody.make(byteCount: bodyByteCount, number: UInt64(number)))
    }
}
