// SPDX-License-Identifier: MIT
package import Orders

/// Remembers the latest grants by key, so that each can be given back once.
///
/// Bounded: when it is full the oldest grant is forgotten, and can no longer be refunded.
package struct RefundWindow: Sendable {
    /// One grant that may still be refunded.
    package struct Grant: Equatable, Sendable {
        package let tenant: TenantID
        package let cost: UInt32
        package let granted: MeshInstant
        /// Of which buckets: those of another plan do not miss these tokens.
        package let editions: BucketPair.Editions

        package init(
            tenant: TenantID, cost: UInt32, granted: MeshInstant, editions: BucketPair.Editions
        ) {
            self.tenant = tenant
            self.cost = cost
            self.granted = granted
            self.editions = editions
        }
    }

    private var grants: [UniqueID: Grant] = [:]
    private var order: [UniqueID] = []
    private var oldest = 0
    private let capacity: Int

    package init(capacity: Int) {
        precondition(capacity > 0, "a window holds at least one grant")
        self.capacity = capacity
    }

    /// Remembers `grant`. A key that is already held keeps its first grant: the caller reused it.
    package mutating func add(_ grant: Grant, under key: UniqueID) {
        guard grants[key] == nil else { return }
        if order.count < capacity {
            order.append(key)
        } else {
            grants[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % capacity
        }
        grants[key] = grant
    }

    /// Takes the grant out: `nil` when there is none of this tenant under `key`, or no longer.
    package mutating func remove(_ key: UniqueID, of tenant: TenantID) -> Grant? {
        guard let grant = grants[key], grant.tenant == tenant else { return nil }
        grants[key] = nil
        return grant
    }
}
