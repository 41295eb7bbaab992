// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState
import Synchronization
import Wire

/// How full queues are, as SQS says: approximate, and at most a second old.
final class DepthProbe: Sendable {
    /// Messages of one queue by what they wait for.
    struct Depth: Equatable, Sendable {
        var ready: UInt64 = 0
        var leased: UInt64 = 0
        var delayed: UInt64 = 0

        var total: UInt64 { ready + leased + delayed }
    }

    private let sqs: SQSClient
    private let clock: any MeshClock
    private let known = Mutex<[QueueURL: (depth: Depth, at: MeshInstant)]>([:])

    static let freshness = Duration.seconds(1)

    init(sqs: SQSClient, clock: any MeshClock) {
        self.sqs = sqs
        self.clock = clock
    }

    func depth(of queue: QueueURL) async throws(BridgeRefusal) -> Depth {
        let now = clock.now()
        if let last = known.withLock({ $0[queue] }), now - last.at < Self.freshness {
            return last.depth
        }
        let attributes = try await refusing { () throws(AWSError) in
            try await sqs.attributes([.visibleCount, .invisibleCount, .delayedCount], of: queue)
        }
        let depth = Depth(
            ready: Self.count(attributes[.visibleCount]),
            leased: Self.count(attributes[.invisibleCount]),
            delayed: Self.count(attributes[.delayedCount]))
        known.withLock { $0[queue] = (depth, now) }
        return depth
    }

    /// Refuses `count` new messages with `queue_full` when the queue has no room for them.
    func admit(_ count: Int, to queue: BridgedQueue) async throws(BridgeRefusal) {
        guard count > 0 else { return }
        let depth = try await depth(of: queue.source).total
        guard depth + UInt64(count) > queue.policy.depthMax else { return }
        throw BridgeRefusal(
            .queueFull, retryAfter: Self.freshness,
            "queue \(queue.name) holds about \(depth) of \(queue.policy.depthMax)",
            pressure: Wire.QueuePressure(
                depth: depth, depthMax: queue.policy.depthMax, inBytes: false,
                drainPerSecond: 0))
    }

    private static func count(_ text: String?) -> UInt64 { text.flatMap { UInt64($0) } ?? 0 }
}
