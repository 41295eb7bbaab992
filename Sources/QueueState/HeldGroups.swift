// SPDX-License-Identifier: MIT

/// Groups that wait for their dead letters, and who waits in them.
///
/// A dead letter holds back what came to its group behind it, until it is in line again or purged:
/// then it goes first. Only groups with dead letters are here.
struct HeldGroups {
    private struct Group {
        /// Of its dead letters, and of those redriven whose time has not come; ascending.
        var holders: [UInt64]
        var waiting = SlotList()
        var waitingCount = 0
    }

    private var groups: [UInt64: Group] = [:]
    /// Messages that wait behind a dead letter.
    private(set) var waitingCount = 0

    /// Nearly always: nothing else is worth a look then.
    var isEmpty: Bool { groups.isEmpty }

    /// Whether `slot` has to wait. Undoing must always be possible: a compensation never does.
    func holds(_ slot: SlotIndex, in table: MessageTable) -> Bool {
        guard !groups.isEmpty, !table[slot].isUrgent else { return false }
        guard let first = groups[table[slot].group.rawValue]?.holders.first else { return false }
        return first < table[slot].sequence
    }

    /// How many wait in the group of `slot`.
    func waitingCount(behind slot: SlotIndex, in table: MessageTable) -> Int {
        groups[table[slot].group.rawValue]?.waitingCount ?? 0
    }

    /// The group of `slot` waits for it from now on.
    mutating func insert(_ slot: SlotIndex, in table: MessageTable) {
        let (key, sequence) = (table[slot].group.rawValue, table[slot].sequence)
        guard let holders = groups[key]?.holders else {
            groups[key] = Group(holders: [sequence])
            return
        }
        guard !holders.contains(sequence) else { return }
        groups[key]?.holders.insert(
            sequence, at: holders.firstIndex { $0 > sequence } ?? holders.endIndex)
    }

    /// Puts `slot`, which is in no other line, behind its group's dead letters.
    mutating func wait(_ slot: SlotIndex, in table: inout MessageTable) {
        let key = table[slot].group.rawValue
        groups[key]?.waiting.append(slot, in: &table)
        groups[key]?.waitingCount += 1
        waitingCount += 1
    }

    /// The group of `slot` waits for it no more.
    ///
    /// - Returns: those who wait for nobody now, in the order of their sequences.
    mutating func remove(_ slot: SlotIndex, in table: inout MessageTable) -> [SlotIndex] {
        let (key, sequence) = (table[slot].group.rawValue, table[slot].sequence)
        guard let index = groups[key]?.holders.firstIndex(of: sequence) else { return [] }
        groups[key]?.holders.remove(at: index)
        // Behind an older one all wait as before.
        guard index == 0 else { return [] }
        let candidates = takeAll(of: key, in: &table)
        let next = groups[key]?.holders.first ?? .max
        if next == .max { groups[key] = nil }
        for slot in candidates where table[slot].sequence > next { wait(slot, in: &table) }
        return candidates.filter { table[$0].sequence < next }
            .sorted { table[$0].sequence < table[$1].sequence }
    }

    /// Takes up to `countMax` of those who wait, in the same order whenever it is done.
    mutating func take(_ countMax: Int, in table: inout MessageTable) -> [SlotIndex] {
        guard waitingCount > 0 else { return [] }
        var taken: [SlotIndex] = []
        for key in groups.keys.sorted() {
            while taken.count < countMax, let slot = pop(key, in: &table) { taken.append(slot) }
        }
        return taken
    }

    private mutating func takeAll(of key: UInt64, in table: inout MessageTable) -> [SlotIndex] {
        var taken: [SlotIndex] = []
        while let slot = pop(key, in: &table) { taken.append(slot) }
        return taken
    }

    private mutating func pop(_ key: UInt64, in table: inout MessageTable) -> SlotIndex? {
        guard let slot = groups[key]?.waiting.popFirst(in: &table) else { return nil }
        groups[key]?.waitingCount -= 1
        waitingCount -= 1
        return slot
    }
}
