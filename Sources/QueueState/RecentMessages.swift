// SPDX-License-Identifier: MIT
import Orders

/// The ids of the last messages published, settled or not: a second publish of one is not stored.
///
/// A ring of entries, oldest first to go, and a hash table of places in the ring; both grow with
/// use up to the bound, so that a publish allocates nothing.
struct RecentMessages {
    /// A publish remembered.
    struct Entry {
        var id: MessageID
        var sequence: MessageSequence
        var slot: SlotIndex
        var queue: QueueNumber
    }

    /// The largest number of ids remembered.
    let countMax: Int
    /// How many were ever added: the place of the next.
    private(set) var ordinal: UInt64 = 0
    /// The place of the oldest one remembered.
    private var first: UInt64 = 0
    private var ring: ContiguousArray<Entry> = []
    /// For each bucket the place in the ring plus 1, or 0.
    private var buckets: ContiguousArray<UInt32> = []

    init(countMax: Int) {
        precondition(countMax > 0 && countMax <= 1 << 28)
        self.countMax = countMax
    }

    func find(_ id: MessageID, in queue: QueueNumber) -> Entry? {
        guard !buckets.isEmpty else { return nil }
        var bucket = home(id, queue)
        while buckets[bucket] != 0 {
            let entry = ring[Int(buckets[bucket] - 1)]
            if entry.id == id, entry.queue == queue { return entry }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        return nil
    }

    /// - Precondition: not remembered yet.
    mutating func insert(_ entry: Entry) {
        if ordinal - first == UInt64(countMax) { forgetFirst() }
        if Int(ordinal - first) == ring.count { grow() }
        let place = Int(ordinal % UInt64(ring.count))
        ring[place] = entry
        ordinal += 1
        link(place)
    }

    /// Forgets all that were added before `ordinal` was reached.
    mutating func forget(before limit: UInt64) {
        while first < min(limit, ordinal) { forgetFirst() }
    }

    // MARK: - Hashing

    private func home(_ id: MessageID, _ queue: QueueNumber) -> Int {
        var hash = id.value.low ^ id.value.high &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(queue.rawValue)
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: hash >> 32) & (buckets.count - 1)
    }

    private mutating func link(_ place: Int) {
        var bucket = home(ring[place].id, ring[place].queue)
        while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
        buckets[bucket] = UInt32(place + 1)
    }

    private mutating func forgetFirst() {
        let place = Int(first % UInt64(ring.count))
        let mask = buckets.count - 1
        var hole = home(ring[place].id, ring[place].queue)
        while buckets[hole] != UInt32(place + 1) { hole = (hole + 1) & mask }
        var bucket = (hole + 1) & mask
        while buckets[bucket] != 0 {
            let entry = ring[Int(buckets[bucket] - 1)]
            if (bucket &- home(entry.id, entry.queue)) & mask >= (bucket &- hole) & mask {
                buckets[hole] = buckets[bucket]
                hole = bucket
            }
            bucket = (bucket + 1) & mask
        }
        buckets[hole] = 0
        first += 1
    }

    private mutating func grow() {
        let kept = (first..<ordinal).map { ring[Int($0 % UInt64(ring.count))] }
        let size = min(max(ring.count * 2, 1024), countMax)
        let unused = Entry(
            id: MessageID(.zero), sequence: MessageSequence(0), slot: SlotIndex(0),
            queue: QueueNumber(0))
        ring = .init(repeating: unused, count: size)
        var bucketCount = 16
        while bucketCount < size * 2 { bucketCount *= 2 }
        buckets = .init(repeating: 0, count: bucketCount)
        for (index, entry) in kept.enumerated() {
            let place = Int((first + UInt64(index)) % UInt64(size))
            ring[place] = entry
            link(place)
        }
    }
}
