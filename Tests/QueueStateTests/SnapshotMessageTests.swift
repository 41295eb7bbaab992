// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import SimulatedMachine
import Testing

@testable import QueueState

@Suite struct SnapshotMessageTests {
    private static func message(using random: inout SplitMix64) -> StoredMessage {
        func number<T: FixedWidthInteger>() -> T {
            // Extremes, and what repeats.
            [0, 1, T.max, T.max - 1, T(truncatingIfNeeded: random.next())][Int(random.next() % 5)]
        }
        return StoredMessage(
            id: MessageID(UniqueID(high: random.next(), low: random.next())), sequence: number(),
            tenant: TenantKey(recorded: number()), group: GroupKey(recorded: number()),
            publishedMilliseconds: number(), segment: number(), recordOffset: number(),
            envelopeDelta: number(), envelopeByteCount: number(), attempts: number(), acquired: 0,
            phase: random.next() % 2 == 0 ? .dead : .pending, isUrgent: random.next() % 2 == 0)
    }

    @Test func `messages are read back as they were, whatever stands before them`() throws {
        var random = SplitMix64(seed: 7)
        let messages = (0..<2000).map { _ in Self.message(using: &random) }
        let byteCountMax = StoredMessage.snapshotByteCountMax
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: messages.count * byteCountMax, alignment: 8)
        defer { memory.deallocate() }
        var writer = RecordWriter(memory)
        var last = StoredMessage.none
        for message in messages {
            let begin = writer.offset
            message.writeSnapshot(to: &writer, after: last)
            #expect(writer.offset - begin <= byteCountMax)
            last = message
        }
        var reader = RecordReader(UnsafeRawBufferPointer(rebasing: memory[..<writer.offset]))
        last = .none
        for message in messages {
            last = try StoredMessage(snapshot: &reader, after: last)
            #expect("\(last)" == "\(message)")
        }
        #expect(reader.remaining == 0)
    }
}
