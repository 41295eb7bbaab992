// SPDX-License-Identifier: MIT

/// The slots of messages that were restored in the order of their sequences: one entry for as many
/// as follow each other in both, so that millions in a row cost nothing.
struct SlotRuns {
    private struct Run {
        let sequence: UInt64
        let slot: UInt32
        var count: UInt32
    }

    private var runs: [Run] = []

    /// - Precondition: `sequence` is above all those before.
    mutating func append(_ sequence: MessageSequence, _ slot: SlotIndex) {
        if let last = runs.last, last.sequence + UInt64(last.count) == sequence.rawValue,
            last.slot + last.count == slot.rawValue
        {
            runs[runs.count - 1].count += 1
        } else {
            precondition(runs.last.map { $0.sequence < sequence.rawValue } ?? true)
            runs.append(Run(sequence: sequence.rawValue, slot: slot.rawValue, count: 1))
        }
    }

    /// Where the message was put; it may be gone by now.
    func slot(of sequence: MessageSequence) -> SlotIndex? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].sequence <= sequence.rawValue {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0 else { return nil }
        let run = runs[low - 1]
        let distance = sequence.rawValue - run.sequence
        return distance < UInt64(run.count) ? SlotIndex(run.slot + UInt32(distance)) : nil
    }
}
