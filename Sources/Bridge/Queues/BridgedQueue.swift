// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState

/// A queue of the mesh, and the two in SQS that it is made of.
struct BridgedQueue: Sendable {
    let name: QueueName
    let policy: QueuePolicy
    let source: QueueURL
    let deadLetters: QueueURL

    /// How much longer SQS hides a message than its lease lasts: what a request may take, so that no
    /// message is visible while it is on lease.
    static let leaseMargin = Duration.seconds(5)

    /// SQS's own redrive is for what the bridge never settles; its own comes long before.
    static let receiveCountMax = 1_000
}

extension QueuePolicy {
    /// Under which the policy of a queue is kept in DynamoDB.
    static func key(of queue: QueueName) -> DynamoDBItem { ["pk": .string("queue/\(queue)")] }

    /// The policy as it is kept in DynamoDB.
    func item(of queue: QueueName) -> DynamoDBItem {
        Self.key(of: queue).merging(item) { key, _ in key }
    }

    private var item: DynamoDBItem {
        [
            "lease_ms": .number(leaseDuration.wholeMilliseconds),
            "attempts_max": .number(attemptsMax),
            "backoff_base_ms": .number(backoffBase.wholeMilliseconds),
            "backoff_max_ms": .number(backoffMax.wholeMilliseconds),
            "depth_max": .number(depthMax),
            "byte_depth_max": .number(byteDepthMax),
        ]
    }

    /// Nil when the item lacks a part.
    init?(_ item: DynamoDBItem) {
        guard let lease = item["lease_ms"]?.integer(Int64.self),
            let attempts = item["attempts_max"]?.integer(UInt8.self),
            let base = item["backoff_base_ms"]?.integer(Int64.self),
            let most = item["backoff_max_ms"]?.integer(Int64.self),
            let depth = item["depth_max"]?.integer(UInt64.self),
            let bytes = item["byte_depth_max"]?.integer(UInt64.self)
        else { return nil }
        self.init(
            leaseDuration: .milliseconds(lease), attemptsMax: attempts,
            backoffBase: .milliseconds(base), backoffMax: .milliseconds(most), depthMax: depth,
            byteDepthMax: bytes)
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
