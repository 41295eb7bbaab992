// SPDX-License-Identifier: MIT

/// A hash table by 64 bits that are not zero: open addressing, no memory per entry besides its own.
///
/// For sequences, which are ours and counted up, and for hashes; multiplying spreads both.
struct HashTable<Value: Sendable>: Sendable {
    private struct Entry {
        /// 0 when free.
        var key: UInt64
        var value: Value?
    }

    private var entries: ContiguousArray<Entry> = []
    private(set) var count = 0

    /// The value of `key`; setting nil removes it.
    subscript(key: UInt64) -> Value? {
        get { find(key).flatMap { entries[$0].value } }
        set {
            if let newValue {
                insert(key, newValue)
            } else if let index = find(key) {
                remove(at: index)
            }
        }
    }

    func forEach(_ body: (UInt64, Value) -> Void) {
        for entry in entries where entry.key != 0 {
            if let value = entry.value { body(entry.key, value) }
        }
    }

    /// Neighbours by eight stay together: they are asked for one after the other.
    private func home(_ key: UInt64) -> Int {
        let hash = (key >> 3) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (hash >> 32) << 3 | key & 7) & (entries.count - 1)
    }

    private func find(_ key: UInt64) -> Int? {
        guard count > 0 else { return nil }
        var index = home(key)
        while entries[index].key != 0 {
            if entries[index].key == key { return index }
            index = (index + 1) & (entries.count - 1)
        }
        return nil
    }

    private mutating func insert(_ key: UInt64, _ value: Value) {
        if let index = find(key) {
            entries[index].value = value
            return
        }
        if (count + 1) * 2 > entries.count { grow() }
        var index = home(key)
        while entries[index].key != 0 { index = (index + 1) & (entries.count - 1) }
        entries[index] = Entry(key: key, value: value)
        count += 1
    }

    /// Moves later entries of the run forward, so that no marker of the removed one is needed.
    private mutating func remove(at removed: Int) {
        let mask = entries.count - 1
        var hole = removed
        var index = (hole + 1) & mask
        while entries[index].key != 0 {
            if (index &- home(entries[index].key)) & mask >= (index &- hole) & mask {
                entries[hole] = entries[index]
                hole = index
            }
            index = (index + 1) & mask
        }
        entries[hole] = Entry(key: 0, value: nil)
        count -= 1
    }

    private mutating func grow() {
        let old = entries
        entries = .init(
            repeating: Entry(key: 0, value: nil), count: max(old.count * 2, 16))
        count = 0
        for entry in old where entry.key != 0 {
            if let value = entry.value { insert(entry.key, value) }
        }
    }
}
