// SPDX-License-Identifier: MIT
import Orders

/// Publishes that are remembered, oldest first.
struct RecentEntries {
    /// One of them.
    struct Entry {
        var id: MessageID
        var sequence: MessageSequence
        var slot: SlotIndex
        var queue: QueueNumber
    }

    private let ring: EntryRing
    private let oldest: Int
    let count: Int

    init(ring: EntryRing, oldest: Int, count: Int) {
        self.ring = ring
        self.oldest = oldest
        self.count = count
    }

    /// - Parameter index: from 0, the oldest.
    subscript(index: Int) -> Entry { ring[(oldest + index) % ring.capacity] }
}

/// The entries by place, in chunks: who holds a copy makes a change cost one chunk, not the ring.
struct EntryRing {
    private(set) var capacity = 0
    private var chunks: ContiguousArray<ContiguousArray<RecentEntries.Entry>> = []

    private static let chunkShift = 12

    init(capacity: Int = 0) {
        self.capacity = capacity
        let unused = RecentEntries.Entry(
            id: MessageID(.zero), sequence: MessageSequence(0), slot: SlotIndex(0),
            queue: QueueNumber(0))
        let chunk = ContiguousArray(repeating: unused, count: 1 << Self.chunkShift)
        let chunkCount = (capacity + chunk.count - 1) >> Self.chunkShift
        chunks = .init(repeating: chunk, count: chunkCount)
    }

    subscript(place: Int) -> RecentEntries.Entry {
        get { chunks[place >> Self.chunkShift][place & (1 << Self.chunkShift - 1)] }
        set { chunks[place >> Self.chunkShift][place & (1 << Self.chunkShift - 1)] = newValue }
    }
}
