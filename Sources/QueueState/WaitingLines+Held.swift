// SPDX-License-Identifier: MIT

// Dead letters that hold their groups: see `HeldGroups`.
extension WaitingLines {
    /// `slot` is a dead letter, or one redriven whose time has not come: what came to its group
    /// behind it waits, until `slot` has its turn or is gone.
    mutating func hold(behind slot: SlotIndex, in table: inout MessageTable) {
        guard !table[slot].group.isNone else { return }
        held.insert(slot, in: table)
        chosen = nil
        // Others may have waited for its turn to end; those in their lanes are met by `first`.
        for later in groups.takeLater(than: slot, in: &table) { held.wait(later, in: &table) }
    }

    /// `slot` has its group's turn: those that it held wait for the end of that, like any others.
    mutating func passTurn(to slot: SlotIndex, in table: inout MessageTable) {
        guard !held.isEmpty else { return }
        for freed in held.remove(slot, in: &table) { groups.park(freed, in: &table) }
    }

    /// `slot` is gone, or holds nobody any more. The first of those that it held takes its place:
    /// the others, and those that are in their lanes already, wait until it has its turn.
    mutating func unhold(_ slot: SlotIndex, in table: inout MessageTable) {
        guard !held.isEmpty else { return }
        let freed = held.remove(slot, in: &table)
        guard let first = freed.first else { return }
        held.insert(first, in: table)
        for other in freed.dropFirst() { held.wait(other, in: &table) }
        append(first, in: &table)
    }

    /// How many wait behind the dead letters of the group of `slot`.
    func heldCount(behind slot: SlotIndex, in table: MessageTable) -> Int {
        held.waitingCount(behind: slot, in: table)
    }
}
