// SPDX-License-Identifier: MIT
import CPrefetch
import Orders

/// The ids of the last messages published, settled or not: a second publish of one is not stored.
///
/// A ring of entries, oldest first to go, and a hash table of places in the ring; both grow with
/// use up to the bound, so that a publish allocates nothing. A bucket holds the id's hash beside
/// the place: what is not there, and what is pushed out, is known without a look into the ring.
struct RecentMessages {
    typealias Entry = RecentEntries.Entry

    /// The largest number of ids remembered.
    let countMax: Int
    private(set) var count = 0
    private var ring = EntryRing()
    /// The place of the oldest one remembered, and of the next to be added.
    private var oldest = 0
    private var next = 0
    /// 0, or the hash in the upper half and the place in the ring plus 1 in the lower.
    private var buckets: ContiguousArray<UInt64> = []

    init(countMax: Int) {
        precondition(countMax > 0 && countMax <= 1 << 28)
        self.countMax = countMax
    }

    func find(_ id: MessageID, in queue: QueueNumber) -> Entry? {
        guard count > 0 else { return nil }
        let hash = Self.hash(id, queue)
        var bucket = home(hash)
        while buckets[bucket] != 0 {
            if Self.hash(in: buckets[bucket]) == hash {
                let entry = ring[Self.place(in: buckets[bucket])]
                if entry.id == id, entry.queue == queue { return entry }
            }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        return nil
    }

    /// Says that `find` and `insert` are about to be called for `id`. The buckets do not fit into a
    /// core's own cache: to know of one look-up ahead is to wait for memory while doing other work.
    func anticipate(_ id: MessageID, in queue: QueueNumber) {
        guard count > 0 else { return }
        prefetch(home(Self.hash(id, queue)))
    }

    /// - Precondition: not remembered yet.
    mutating func insert(_ entry: Entry) {
        if count == countMax { forgetOldest() }
        if count == ring.capacity { grow() }
        ring[next] = entry
        link(Self.hash(entry.id, entry.queue), next)
        next = following(next)
        count += 1
        if count == countMax {
            let leaving = ring[following(oldest)]
            prefetch(home(Self.hash(leaving.id, leaving.queue)))
        }
    }

    /// All that are remembered: a copy that shares its memory with the ring.
    var entries: RecentEntries { RecentEntries(ring: ring, oldest: oldest, count: count) }

    private func following(_ place: Int) -> Int { place + 1 == ring.capacity ? 0 : place + 1 }

    private mutating func forgetOldest() {
        let entry = ring[oldest]
        unlink(Self.hash(entry.id, entry.queue), oldest)
        oldest = following(oldest)
        count -= 1
    }

    private mutating func grow() {
        let capacity = min(max(ring.capacity * 2, 1024), countMax)
        var larger = EntryRing(capacity: capacity)
        var bucketCount = 16
        while bucketCount < capacity * 2 { bucketCount *= 2 }
        buckets = .init(repeating: 0, count: bucketCount)
        for index in 0..<count {
            let entry = ring[oldest]
            larger[index] = entry
            link(Self.hash(entry.id, entry.queue), index)
            oldest = following(oldest)
        }
        ring = larger
        (oldest, next) = (0, count)
    }

    // MARK: - Hashing

    /// Of ids that peers choose, counted up or random: each bit depends on all of theirs (the
    /// finisher of MurmurHash3), since what crowds in neighbouring buckets is slow to find.
    static func hash(_ id: MessageID, _ queue: QueueNumber) -> UInt32 {
        var hash = id.value.low ^ id.value.high &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(queue.rawValue)
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return UInt32(truncatingIfNeeded: hash >> 32)
    }

    private static func hash(in bucket: UInt64) -> UInt32 { UInt32(bucket >> 32) }

    private static func place(in bucket: UInt64) -> Int {
        Int(UInt32(truncatingIfNeeded: bucket)) - 1
    }

    private func prefetch(_ bucket: Int) {
        buckets.withUnsafeBufferPointer { buckets in
            if let base = buckets.baseAddress { mesh_prefetch(base + bucket) }
        }
    }

    private func home(_ hash: UInt32) -> Int { Int(hash) & (buckets.count - 1) }

    private mutating func link(_ hash: UInt32, _ place: Int) {
        var bucket = home(hash)
        while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
        buckets[bucket] = UInt64(hash) << 32 | UInt64(place + 1)
    }

    /// Moves later entries of the run forward, so that no marker of the removed one is needed.
    private mutating func unlink(_ hash: UInt32, _ place: Int) {
        let mask = buckets.count - 1
        let wanted = UInt64(hash) << 32 | UInt64(place + 1)
        var hole = home(hash)
        while buckets[hole] != wanted { hole = (hole + 1) & mask }
        var bucket = (hole + 1) & mask
        while buckets[bucket] != 0 {
            let home = home(Self.hash(in: buckets[bucket]))
            if (bucket &- home) & mask >= (bucket &- hole) & mask {
                buckets[hole] = buckets[bucket]
                hole = bucket
            }
            bucket = (bucket + 1) & mask
        }
        buckets[hole] = 0
    }
}
