// SPDX-License-Identifier: MIT

/// Messages in a line, linked through their slots: it costs no memory of its own, however long.
///
/// A message is in one list at a time, of one table.
struct SlotList {
    private var head = SlotList.end
    private var tail = SlotList.end

    /// No slot has this number.
    static let end = UInt32.max

    var isEmpty: Bool { head == Self.end }

    var first: SlotIndex? { isEmpty ? nil : SlotIndex(head) }

    mutating func append(_ slot: SlotIndex, in table: inout MessageTable) {
        table[slot].next = Self.end
        if isEmpty { head = slot.rawValue } else { table[SlotIndex(tail)].next = slot.rawValue }
        tail = slot.rawValue
    }

    mutating func prepend(_ slot: SlotIndex, in table: inout MessageTable) {
        table[slot].next = head
        if isEmpty { tail = slot.rawValue }
        head = slot.rawValue
    }

    mutating func popFirst(in table: inout MessageTable) -> SlotIndex? {
        guard let slot = first else { return nil }
        head = table[slot].next
        return slot
    }
}
