// SPDX-License-Identifier: MIT

/// Which message of each group has its turn, and who waits behind it.
///
/// Only groups with something under way are here: a message that waits in its line alone, or behind
/// others that wait as well, is in order by its place and costs nothing.
struct OrderedGroups {
    private struct Group {
        /// On lease, waiting for its retry, or back in line: no other goes before it is gone.
        var holder: SlotIndex
        var urgent = SlotList()
        var normal = SlotList()
    }

    private var groups = HashTable<Group>()
    /// Messages that wait behind a holder.
    private(set) var parkedCount = 0

    /// Gives `slot` its group's turn.
    ///
    /// - Returns: false when another has it.
    mutating func claim(_ slot: SlotIndex, in table: MessageTable) -> Bool {
        let key = table[slot].group
        guard !key.isNone else { return true }
        if let group = groups[key.rawValue] { return group.holder == slot }
        groups[key.rawValue] = Group(holder: slot)
        return true
    }

    /// Puts `slot` behind the one that has the turn, a compensation before all that are none.
    mutating func park(_ slot: SlotIndex, in table: inout MessageTable) {
        let key = table[slot].group.rawValue
        guard var group = groups[key] else { preconditionFailure("nobody to wait for") }
        if table[slot].isUrgent {
            group.urgent.append(slot, in: &table)
        } else {
            group.normal.append(slot, in: &table)
        }
        groups[key] = group
        parkedCount += 1
    }

    /// `slot` is gone, or dead: its group goes on.
    ///
    /// - Returns: the one whose turn it is now, to be put in front of its line.
    mutating func finish(_ slot: SlotIndex, in table: inout MessageTable) -> SlotIndex? {
        let key = table[slot].group
        guard !key.isNone, var group = groups[key.rawValue], group.holder == slot else {
            return nil
        }
        guard let next = pop(&group, in: &table) else {
            groups[key.rawValue] = nil
            return nil
        }
        group.holder = next
        groups[key.rawValue] = group
        return next
    }

    /// Takes those that wait in the group of `slot`, came after it, and are no compensations.
    mutating func takeLater(than slot: SlotIndex, in table: inout MessageTable) -> [SlotIndex] {
        let (key, sequence) = (table[slot].group.rawValue, table[slot].sequence)
        guard parkedCount > 0, var group = groups[key], !group.normal.isEmpty else { return [] }
        var (earlier, later) = (SlotList(), [SlotIndex]())
        while let other = group.normal.popFirst(in: &table) {
            if table[other].sequence > sequence {
                later.append(other)
            } else {
                earlier.append(other, in: &table)
            }
        }
        group.normal = earlier
        groups[key] = group
        parkedCount -= later.count
        return later
    }

    /// Takes up to `countMax` of those that wait out of their groups.
    mutating func takeParked(_ countMax: Int, in table: inout MessageTable) -> [SlotIndex] {
        guard parkedCount > 0, countMax > 0 else { return [] }
        var keys: [UInt64] = []
        groups.forEach { key, group in
            if !group.urgent.isEmpty || !group.normal.isEmpty { keys.append(key) }
        }
        var taken: [SlotIndex] = []
        for key in keys where taken.count < countMax {
            guard var group = groups[key] else { continue }
            while taken.count < countMax, let slot = pop(&group, in: &table) { taken.append(slot) }
            groups[key] = group
        }
        return taken
    }

    private mutating func pop(_ group: inout Group, in table: inout MessageTable) -> SlotIndex? {
        let next = group.urgent.popFirst(in: &table) ?? group.normal.popFirst(in: &table)
        if next != nil { parkedCount -= 1 }
        return next
    }
}
