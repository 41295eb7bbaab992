// SPDX-License-Identifier: MIT
import HeapModule

extension MessageQueue {
    var waitingCount: Int { readyCount + delayedCount }

    /// Takes up to `countMax` ready and delayed messages out of their lines. They count until they
    /// are removed, and nobody gets them.
    mutating func takeWaiting(_ countMax: Int) -> [SlotIndex] {
        var taken: [SlotIndex] = []
        while taken.count < countMax, let slot = popDelayed() ?? popReady() { taken.append(slot) }
        taken += lines.takeParked(countMax - taken.count, in: &table)
        for slot in taken { table[slot].phase = .pending }
        return taken
    }

    private mutating func popDelayed() -> SlotIndex? {
        guard let slot = delayed.popMin()?.slot else { return nil }
        lines.finish(slot, in: &table)
        return slot
    }

    private mutating func popReady() -> SlotIndex? {
        guard lines.first(in: &table) != nil else { return nil }
        let slot = lines.takeFirst(in: &table, weights: TenantWeights())
        lines.finish(slot, in: &table)
        return slot
    }

    /// Takes up to `countMax` dead messages, oldest first.
    mutating func takeDead(_ countMax: Int) -> [SlotIndex] {
        var taken: [(sequence: MessageSequence, slot: SlotIndex)] = []
        dead.forEach(after: MessageSequence(0)) { sequence, slot, _ in
            guard taken.count < countMax else { return false }
            taken.append((sequence, slot))
            return true
        }
        for (sequence, slot) in taken {
            _ = dead.remove(sequence)
            table[slot].phase = .pending
        }
        return taken.map(\.slot)
    }

    /// The purge became durable: forgets a message that was taken.
    ///
    /// - Parameter wasDead: dead ones count no more since they died.
    mutating func remove(_ slot: SlotIndex, wasDead: Bool) -> StoredMessage {
        let message = table[slot]
        if !wasDead { leaveDepth(slot) }
        lines.unhold(slot, in: &table)
        forgetFailures(of: MessageSequence(message.sequence))
        table.remove(slot)
        return message
    }

    /// The same while the log is read again.
    ///
    /// - Returns: nil when the message is dead and should not be, or the other way round.
    mutating func replayPurge(_ slot: SlotIndex, wasDead: Bool) -> StoredMessage? {
        let sequence = MessageSequence(table[slot].sequence)
        guard (dead.remove(sequence) != nil) == wasDead else { return nil }
        return remove(slot, wasDead: wasDead)
    }
}
