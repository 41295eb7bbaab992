// SPDX-License-Identifier: MIT
package import Orders
import Synchronization
package import TokenBucket

/// The refund windows of all event loops: a refund may come over another connection than its take.
/// Split by key, so that loops seldom wait for each other.
package final class RefundBook: Sendable {
    private static let shardCount = 16

    private let shards: [Shard]

    private final class Shard: Sendable {
        let window: Mutex<RefundWindow>

        init(capacity: Int) { window = Mutex(RefundWindow(capacity: capacity)) }
    }

    /// - Parameter capacity: grants remembered in all.
    package init(capacity: Int) {
        let share = max(capacity / Self.shardCount, 1)
        shards = (0..<Self.shardCount).map { _ in Shard(capacity: share) }
    }

    package func add(_ grant: RefundWindow.Grant, under key: UniqueID) {
        shard(of: key).window.withLock { $0.add(grant, under: key) }
    }

    package func remove(_ key: UniqueID, of tenant: TenantID) -> RefundWindow.Grant? {
        shard(of: key).window.withLock { $0.remove(key, of: tenant) }
    }

    private func shard(of key: UniqueID) -> Shard {
        shards[Int((key.low ^ key.low >> 32) % UInt64(Self.shardCount))]
    }
}
