// SPDX-License-Identifier: MIT

/// The dead messages of a queue, by sequence.
struct DeadMessages {
    private var bySequence: [MessageSequence: (slot: SlotIndex, death: Death)] = [:]
    /// Ascending; may hold some that are not dead any more.
    private var order: ContiguousArray<MessageSequence> = []

    var count: Int { bySequence.count }

    /// In no order.
    var sequences: some Collection<MessageSequence> { bySequence.keys }

    subscript(sequence: MessageSequence) -> (slot: SlotIndex, death: Death)? {
        bySequence[sequence]
    }

    mutating func insert(_ sequence: MessageSequence, _ slot: SlotIndex, _ death: Death) {
        bySequence[sequence] = (slot, death)
        let place = firstPlace(after: sequence)
        if place == 0 || order[place - 1] != sequence { order.insert(sequence, at: place) }
    }

    mutating func remove(_ sequence: MessageSequence) -> SlotIndex? {
        guard let (slot, _) = bySequence.removeValue(forKey: sequence) else { return nil }
        if order.count > 2 * bySequence.count + 64 {
            order.removeAll { bySequence[$0] == nil }
        }
        return slot
    }

    /// Visits those behind `after`, in order, as long as `body` says so.
    func forEach(
        after: MessageSequence, _ body: (MessageSequence, SlotIndex, Death) -> Bool
    ) {
        for sequence in order[firstPlace(after: after)...] {
            guard let (slot, death) = bySequence[sequence] else { continue }
            guard body(sequence, slot, death) else { return }
        }
    }

    /// Where the first sequence above `sequence` stands.
    private func firstPlace(after sequence: MessageSequence) -> Int {
        // Messages die roughly in the order in which they came.
        guard let last = order.last, sequence < last else { return order.count }
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle] > sequence { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
