// SPDX-License-Identifier: MIT
import HeapModule

// Whether dead letters hold their groups: `QueuePolicy.holdsBehindDead`.
extension MessageQueue {
    /// Whether the message was dead and has not failed since: its history outlives its attempts.
    func isRedriven(_ slot: SlotIndex) -> Bool {
        !failures.isEmpty && table[slot].attempts == 0
            && failures[MessageSequence(table[slot].sequence)] != nil
    }

    /// Nothing waits in this queue but messages behind dead letters: only people can go on.
    mutating func isHeldUp() -> Bool {
        firstReady() == nil && lines.heldCount > 0 && depth == UInt64(lines.heldCount)
    }

    /// Takes a policy on, for the dead letters that are there too.
    mutating func adopt(_ policy: QueuePolicy) {
        let didHold = self.policy.holdsBehindDead
        self.policy = policy
        guard didHold != policy.holdsBehindDead else { return }
        var holders: [SlotIndex] = []
        dead.forEach(after: MessageSequence(0)) { _, slot, _ in
            holders.append(slot)
            return true
        }
        for alarm in delayed.unordered.sorted() where isRedriven(alarm.slot) {
            holders.append(alarm.slot)
        }
        for slot in holders {
            if didHold {
                lines.unhold(slot, in: &table)
            } else {
                lines.hold(behind: slot, in: &table)
            }
        }
    }

    /// Fills in how many messages wait for each of the dead letters.
    ///
    /// - Parameter countMax: in a longer queue, those are counted that have been met in line.
    func countHeld(behind letters: inout [DeadMessage], lookingAt countMax: Int) {
        guard policy.holdsBehindDead, !letters.isEmpty else { return }
        var waiting: [GroupKey: [UInt64]] = [:]
        for letter in letters {
            guard let slot = dead[letter.sequence]?.slot, !table[slot].group.isNone else {
                continue
            }
            waiting[table[slot].group] = []
        }
        let isShort = depth <= UInt64(countMax)
        if isShort {
            table.forEach { _, message in
                guard message.phase == .ready, !message.isUrgent else { return }
                waiting[message.group]?.append(message.sequence)
            }
        }
        for index in letters.indices {
            let sequence = letters[index].sequence
            guard let slot = dead[sequence]?.slot else { continue }
            letters[index].heldCount =
                isShort
                ? waiting[table[slot].group]?.count { $0 > sequence.rawValue } ?? 0
                : lines.heldCount(behind: slot, in: table)
        }
    }
}
