// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Pipeline

@Suite struct DeliveryBufferTests {
    private static func deliveries(_ sequences: ClosedRange<UInt64>) -> [StepDelivery] {
        sequences.map { sequence in
            StepDelivery(
                sequence: sequence, token: 1, attempt: 1, attemptsMax: 4, lease: .seconds(30),
                id: MessageID(UniqueID(high: 1, low: sequence)), trace: TraceID(.zero),
                tenant: "t", body: [])
        }
    }

    @Test func `a batch with room is filled with what came meanwhile, and no further`() async {
        let buffer = DeliveryBuffer(batchCountMax: 4)
        let first = Self.deliveries(1...2)
        buffer.add(Self.deliveries(3...6))
        let filled = await buffer.fill(first, after: .milliseconds(1))
        #expect(filled.map(\.sequence) == [1, 2, 3, 4])
        #expect(await buffer.next()?.map(\.sequence) == [5, 6])
    }

    @Test func `nothing is waited for without a pause, or in a full batch`() async {
        let buffer = DeliveryBuffer(batchCountMax: 2)
        buffer.add(Self.deliveries(3...3))
        #expect(await buffer.fill(Self.deliveries(1...1), after: .zero).count == 1)
        #expect(await buffer.fill(Self.deliveries(1...2), after: .seconds(60)).count == 2)
    }

    @Test func `a buffer that is closed keeps what no worker has begun`() async {
        let buffer = DeliveryBuffer(batchCountMax: 4)
        buffer.add(Self.deliveries(2...3))
        buffer.close()
        #expect(await buffer.fill(Self.deliveries(1...1), after: .milliseconds(1)).count == 1)
        #expect(buffer.leftovers().map(\.sequence) == [2, 3])
    }
}
