// SPDX-License-Identifier: MIT
import Orders

/// The ids of one request, to notice one that comes twice. An id names a message within its queue:
/// the same id may go to several.
struct OfferedIDs {
    private var ids: [(id: MessageID, queue: QueueNumber)] = []
    /// 0, or a place among the ids plus 1; at most half of them are taken.
    private var buckets: [UInt32]

    /// - Parameter count: how many there will be at most.
    init(count: Int) {
        var bucketCount = 4
        while bucketCount < 2 * count { bucketCount *= 2 }
        buckets = .init(repeating: 0, count: bucketCount)
        ids.reserveCapacity(count)
    }

    /// - Returns: false when it was there already.
    mutating func insert(_ id: MessageID, in queue: QueueNumber) -> Bool {
        var bucket = Int(RecentMessages.hash(id, queue)) & (buckets.count - 1)
        while buckets[bucket] != 0 {
            if ids[Int(buckets[bucket]) - 1] == (id, queue) { return false }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        ids.append((id, queue))
        buckets[bucket] = UInt32(ids.count)
        return true
    }
}
