// SPDX-License-Identifier: MIT
package import Orders
import Synchronization
import TokenBucket

/// Only full buckets are forgotten, of tenants without requests in progress: one that is made anew is
/// the same. Tenants that spend keep theirs, however many others come.
extension BucketDirectory {
    /// Buckets looked at while others wait.
    private static let sliceCount = 1_024

    /// Forgets all buckets that are full, a few at a time so that takes never wait long.
    package func evictFull(at now: MeshInstant) {
        var end = state.withLock { $0.names.count }
        while end > 0 {
            let begin = max(end - Self.sliceCount, 0)
            state.withLock { state in
                // From the end, so that what takes an evicted one's place was looked at before.
                for index in (begin..<min(end, state.names.count)).reversed() {
                    state.evict(at: index, now)
                }
            }
            end = begin
        }
        touch()
    }
}

extension BucketDirectory.State {
    /// A new tenant looks at so many for room, and is refused if none of them is full; the next one
    /// goes on from there.
    private static let lookCountMax = 64

    /// Forgets one full bucket.
    mutating func evictOne(at now: MeshInstant) -> Bool {
        for _ in 0..<Self.lookCountMax where !names.isEmpty {
            hand = hand == 0 ? names.count - 1 : min(hand, names.count) - 1
            if evict(at: hand, now) { return true }
        }
        return false
    }

    @discardableResult
    mutating func evict(at index: Int, _ now: MeshInstant) -> Bool {
        let name = names[index]
        // A tenant with requests in progress stays, or another counter would begin at none.
        guard slots[name]?.retireIfIdle() != false else { return false }
        guard buckets[name]?.retireIfFull(at: now) == true else {
            slots[name]?.revive()
            return false
        }
        slots[name] = nil
        buckets[name] = nil
        names.swapAt(index, names.count - 1)
        names.removeLast()
        return true
    }
}
