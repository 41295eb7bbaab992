// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import QueueState

@Suite struct OfferedIDsTests {
    private static func id(_ number: UInt64) -> MessageID {
        MessageID(UniqueID(high: 1, low: number))
    }

    @Test(arguments: [1, 2, 3, 1000, 4096]) func `each id is new once in its queue`(_ count: Int) {
        var ids = OfferedIDs(count: count)
        for number in 0..<UInt64(count) {
            let isNew = ids.insert(Self.id(number), in: QueueNumber(0))
            #expect(isNew)
        }
        for number in 0..<UInt64(count) {
            let isNew = ids.insert(Self.id(number), in: QueueNumber(0))
            #expect(!isNew)
        }
    }

    @Test func `the same id may go to several queues`() {
        var ids = OfferedIDs(count: 2)
        let offered = [(7, 0), (7, 1), (7, 1)].map { (Self.id($0), QueueNumber($1)) }
        let areNew = offered.map { ids.insert($0, in: $1) }
        #expect(areNew == [true, true, false])
    }
}
