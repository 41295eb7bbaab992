// SPDX-License-Identifier: MIT

extension MessageTable {
    /// The slots in use, by the sequences of their messages.
    ///
    /// In time and memory for each message alone where sequences lie close together, as they do
    /// unless old messages stay behind.
    func slotsBySequence() -> [SlotIndex] {
        var slots: [SlotIndex] = []
        slots.reserveCapacity(count)
        var isSorted = true
        var (lowest, highest) = (UInt64.max, UInt64(0))
        forEach { slot, message in
            isSorted = isSorted && message.sequence > highest
            lowest = min(lowest, message.sequence)
            highest = max(highest, message.sequence)
            slots.append(slot)
        }
        guard !isSorted else { return slots }
        let range = highest - lowest + 1
        guard range <= UInt64(slots.count) * Self.spreadMax else {
            return slots.sorted { self[$0].sequence < self[$1].sequence }
        }
        return spread(slots, from: lowest, range: Int(range))
    }

    /// So many times as many sequences as messages are spread out; more are sorted.
    private static let spreadMax: UInt64 = 8

    private func spread(_ slots: [SlotIndex], from lowest: UInt64, range: Int) -> [SlotIndex] {
        var places = [UInt32](repeating: .max, count: range)
        for slot in slots { places[Int(self[slot].sequence - lowest)] = slot.rawValue }
        return places.lazy.filter { $0 != .max }.map { SlotIndex($0) }
    }
}
