// SPDX-License-Identifier: MIT
import Orders
import Saga
import Testing

@Suite struct OutputIDTests {
    @Test func `the same input and output give the same id, in every release`() {
        let input = MessageID(UniqueID(high: 1, low: 2))
        let output = StepMessage(.charge, order: OrderID(UniqueID(high: 3, low: 4)), attempt: 1)
        let id = OutputID.derive(from: input, output: output)
        #expect(id == OutputID.derive(from: input, output: output))
        #expect(id.description == "a1c35974-e662-8cab-9efe-f876101f339e")
    }

    @Test func `neighbouring inputs and all outputs of one input differ`() {
        var ids: Set<MessageID> = []
        var count = 0
        for low in 0..<64 {
            let input = MessageID(UniqueID(high: 1 << 60, low: UInt64(low)))
            for kind in StepKind.allCases {
                for status in [nil] + OrderStatus.allCases.map(Optional.some) {
                    for attempt: UInt32 in 0..<3 {
                        let output = StepMessage(
                            kind, order: OrderID(input.value), attempt: attempt, status: status)
                        ids.insert(OutputID.derive(from: input, output: output))
                        count += 1
                    }
                }
            }
            ids.insert(OutputID.start(of: OrderID(input.value)))
            count += 1
        }
        #expect(ids.count == count)
    }

    @Test func `an output's id is a UUIDv8`() {
        let text = OutputID.start(of: OrderID(UniqueID(high: 7, low: 9))).description
        #expect(Array(text)[14] == "8")
        #expect("89ab".contains(Array(text)[19]))
    }
}
