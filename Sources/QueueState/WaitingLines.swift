// SPDX-License-Identifier: MIT

/// The ready messages of a queue, in the order in which they are to be delivered: compensations
/// first, then tenant by tenant, and within a tenant as they came, each group one at a time.
///
/// The messages are linked through their slots in the table, which every call is given.
struct WaitingLines {
    private var urgent = TenantLanes()
    private var normal = TenantLanes()
    var groups = OrderedGroups()
    var held = HeldGroups()
    private var laneCount = 0
    /// The message that goes next, once that was found out.
    var chosen: SlotIndex?

    /// Those that wait behind another of their group included.
    var count: Int { laneCount + groups.parkedCount + held.waitingCount }

    /// Those that wait behind a dead letter, as far as `first` has looked.
    var heldCount: Int { held.waitingCount }

    /// To the end of its line.
    mutating func append(_ slot: SlotIndex, in table: inout MessageTable) {
        if table[slot].isUrgent {
            urgent.append(slot, in: &table)
            chosen = nil
        } else {
            normal.append(slot, in: &table)
        }
        laneCount += 1
    }

    /// To the front of its line: it had its turn before, and came back.
    mutating func prepend(_ slot: SlotIndex, in table: inout MessageTable) {
        if table[slot].isUrgent {
            urgent.prepend(slot, in: &table)
        } else {
            normal.prepend(slot, in: &table)
        }
        laneCount += 1
        chosen = nil
    }

    /// The message that goes next; nil when none may go.
    mutating func first(in table: inout MessageTable) -> SlotIndex? {
        if let chosen { return chosen }
        while let slot = urgent.first ?? normal.first {
            let isHeld = held.holds(slot, in: table)
            if !isHeld, groups.claim(slot, in: table) {
                passTurn(to: slot, in: &table)
                chosen = slot
                return slot
            }
            if table[slot].isUrgent {
                urgent.removeFirst(in: &table)
            } else {
                normal.removeFirst(in: &table)
            }
            laneCount -= 1
            if isHeld {
                // It may have had its group's turn: that is for others now.
                finish(slot, in: &table)
                held.wait(slot, in: &table)
            } else {
                groups.park(slot, in: &table)
            }
        }
        return nil
    }

    /// Takes the message that goes next.
    ///
    /// - Precondition: `first` gave it.
    mutating func takeFirst(in table: inout MessageTable, weights: TenantWeights) -> SlotIndex {
        guard let slot = chosen else { preconditionFailure("nobody was chosen") }
        if table[slot].isUrgent {
            urgent.takeFirst(in: &table, weights: weights)
        } else {
            normal.takeFirst(in: &table, weights: weights)
        }
        laneCount -= 1
        chosen = nil
        return slot
    }

    /// Takes up to `countMax` of those that wait behind another of their group, out of all lines.
    mutating func takeParked(_ countMax: Int, in table: inout MessageTable) -> [SlotIndex] {
        let parked = groups.takeParked(countMax, in: &table)
        return parked + held.take(countMax - parked.count, in: &table)
    }

    /// Has the group of `slot`, which is in no line at present, wait for it.
    mutating func hold(_ slot: SlotIndex, in table: MessageTable) {
        _ = groups.claim(slot, in: table)
    }

    /// `slot`, which is in no line, is gone or dead: its group goes on.
    mutating func finish(_ slot: SlotIndex, in table: inout MessageTable) {
        if let next = groups.finish(slot, in: &table) { prepend(next, in: &table) }
    }
}
