// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import QueueState

/// Turns between tenants: [B-19], and [B-8] before them.
@Suite struct FairnessTests {
    private static let turn = Int(EngineLimits.turnCountUsual)

    @Test func `a tenant with a backlog does not hold up one that has little`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...60 { try broker.publish(id, tenant: "large") }
        for id in UInt64(61)...63 { try broker.publish(id, tenant: "small") }
        try broker.commit()
        let order = broker.deliver().map(\.sequence.rawValue)
        let turn = UInt64(Self.turn)
        #expect(order == Array(1...turn) + [61, 62, 63] + Array(turn + 1...60))
    }

    @Test func `a weight is a share of the turns`() throws {
        let broker = try EngineFixture()
        broker.engine.weights.set(3, of: "gold")
        for id in UInt64(1)...200 { try broker.publish(id, tenant: id % 2 == 0 ? "gold" : "tin") }
        try broker.commit()
        let golden = broker.deliver().prefix(8 * Self.turn / 2).filter {
            $0.sequence.rawValue % 2 == 0
        }
        #expect(golden.count == 3 * Self.turn)
    }

    @Test func `compensations of any tenant go before all else`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, tenant: "a") }
        try broker.publish(4, urgent: true, tenant: "b")
        try broker.commit()
        #expect(broker.deliver().map(\.sequence.rawValue) == [4, 1, 2, 3])
    }

    @Test func `what comes back goes to the front of its tenant's line`() throws {
        let broker = try EngineFixture()
        for id in UInt64(1)...3 { try broker.publish(id, tenant: "a") }
        try broker.commit()
        let first = try #require(broker.deliver().first)
        broker.engine.unsubscribe(ConsumerID(1), from: EngineFixture.queue)
        broker.engine.subscribe(ConsumerID(2), worker: "w", credit: 1, to: EngineFixture.queue)
        let again = try #require(broker.deliver().first)
        #expect(again.sequence == first.sequence)
        try broker.settle(again, .retry(after: .seconds(3)))
        try broker.commit()
        broker.pass(.seconds(3))
        broker.engine.addCredit(1, to: ConsumerID(2), on: EngineFixture.queue)
        #expect(broker.deliver().map(\.sequence) == [first.sequence])
    }

    @Test func `tenants that come and go leave nothing behind`() throws {
        var table = MessageTable()
        var lanes = TenantLanes()
        for number in 0..<10_000 {
            let slot = table.insert(Self.message(UInt64(number + 1), tenant: "t\(number)"))
            lanes.append(slot, in: &table)
            #expect(lanes.first == slot)
            lanes.takeFirst(in: &table, weights: TenantWeights())
            #expect(lanes.first == nil)
            table.remove(slot)
        }
        #expect(lanes.laneCount == 1)
    }

    /// 10 million of them are to fit into 1 GiB, with the ids that are remembered.
    @Test func `a waiting message takes 72 bytes`() {
        #expect(MemoryLayout<StoredMessage>.stride == 72)
    }

    static func message(_ sequence: UInt64, tenant: String) -> StoredMessage {
        StoredMessage(
            id: EngineFixture.id(sequence), sequence: sequence,
            tenant: TenantKey(name: tenant.utf8), group: .none, publishedMilliseconds: 0,
            segment: 1, recordOffset: 0, envelopeDelta: 0, envelopeByteCount: 1, attempts: 0,
            acquired: 0, phase: .ready, isUrgent: false)
    }
}
