// SPDX-License-Identifier: MIT
import Orders
import SimulatedMachine
import Testing

@testable import QueueState

@Suite struct RecentMessagesTests {
    /// What `RecentMessages` must agree with: a list, searched from its end.
    private struct Model {
        var entries: [RecentMessages.Entry] = []
        let countMax: Int

        func find(_ id: MessageID, in queue: QueueNumber) -> MessageSequence? {
            entries.last { $0.id == id && $0.queue == queue }?.sequence
        }

        mutating func insert(_ entry: RecentMessages.Entry) {
            if entries.count == countMax { entries.removeFirst() }
            entries.append(entry)
        }
    }

    /// Few ids of few bits, so that buckets collide and entries come back after they were forgotten.
    private static func id(_ random: inout SplitMix64) -> MessageID {
        MessageID(UniqueID(high: random.next() % 7, low: random.next() % 300))
    }

    @Test(arguments: [1, 2, 3, 64, 1000, 5000])
    func `the last ids are remembered, and no others`(countMax: Int) {
        var random = SplitMix64(seed: UInt64(countMax))
        var recent = RecentMessages(countMax: countMax)
        var model = Model(countMax: countMax)
        for step in 1...20_000 {
            let id = Self.id(&random)
            let queue = QueueNumber(UInt16(random.next() % 2))
            let found = recent.find(id, in: queue)?.sequence
            #expect(found == model.find(id, in: queue))
            guard found == nil else { continue }
            let entry = RecentMessages.Entry(
                id: id, sequence: MessageSequence(UInt64(step)), slot: SlotIndex(UInt32(step)),
                queue: queue)
            recent.insert(entry)
            model.insert(entry)
            #expect(recent.count == model.entries.count)
        }
    }

    @Test func `all that are remembered are listed, oldest first`() {
        var recent = RecentMessages(countMax: 5000)
        for number in UInt64(1)...12_345 {
            recent.insert(
                .init(
                    id: MessageID(UniqueID(high: 0, low: number)),
                    sequence: MessageSequence(number), slot: SlotIndex(0), queue: QueueNumber(0)))
        }
        let entries = recent.entries
        let numbers = (0..<entries.count).map { entries[$0].sequence.rawValue }
        #expect(numbers == Array(7346...12_345))
    }
}
