// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga
import StageTestSupport
import Testing

/// Orders on their whole way, with what can go wrong between the stages.
@Suite struct OrderJourneyTests {
    @Test func `orders reach their end and everything adds up`() async throws {
        let mesh = try Mesh()
        try await mesh.fixture.stock("apple", 60)
        try await mesh.fixture.credit("carol", limit: 3500)
        var orders: [OrderID] = []
        for index in 0..<40 {
            let customer = index % 4 == 0 ? "carol" : "bob"
            orders.append(try await mesh.place(["apple": 2], customer: customer))
        }
        try await mesh.runUntilIdle()
        let statuses = try await mesh.fixture.statuses(orders)
        #expect(statuses.allSatisfy { $0?.isFinal == true })
        #expect(statuses.count { $0 == .rejected } == 10)
        #expect(try await mesh.imbalances() == [:])
        #expect(try await mesh.fixture.number("SELECT sum(reserved)::bigint FROM stock") == 0)
    }

    @Test func `settlements that are lost or ambiguous change nothing about the sums`() async throws
    {
        let mesh = try Mesh()
        try await mesh.fixture.stock("apple", 100)
        var orders: [OrderID] = []
        for _ in 0..<12 { orders.append(try await mesh.place(["apple": 1])) }
        let faults: [MemoryStepQueue.Fault] = [.lost, .ambiguousApplied, .ambiguousLost, .refused]
        await mesh.queue.fail(faults + faults + faults)
        try await mesh.runUntilIdle()
        #expect(try await mesh.fixture.statuses(orders).allSatisfy { $0 == .fulfilled })
        #expect(try await mesh.imbalances() == [:])
        #expect(try await mesh.fixture.stockOf("apple") == [88, 0, 12])
    }

    @Test func `fulfillment full for good: reversed, dead after three retries, stock released`()
        async throws
    {
        let mesh = try Mesh()
        try await mesh.fixture.stock("apple", 5)
        let order = try await mesh.place(["apple": 2])
        await mesh.queue.setFull(.fulfillment, true)
        try await mesh.runUntilIdle()
        #expect(try await mesh.fixture.status(order) == .dead)
        #expect(await mesh.queue.deadLetters(of: .payment).map(\.message.kind) == [.charge])
        #expect(try await mesh.fixture.stockOf("apple") == [5, 0, 0])
        #expect(try await mesh.fixture.balance("bob") == [0, 0])
        let charges = "SELECT count(*) FROM ledger_transfers WHERE kind = 'charge'"
        #expect(try await mesh.fixture.number(charges) == 4)
        #expect(try await mesh.imbalances() == [:])

        await mesh.queue.setFull(.fulfillment, false)
        await mesh.queue.redrive(.payment)
        try await mesh.runUntilIdle()
        #expect(try await mesh.fixture.status(order) == .fulfilled)
        #expect(try await mesh.imbalances() == [:])
    }

    @Test func `a receipt that cannot be written: reversed, dead, released, then redriven`()
        async throws
    {
        let mesh = try Mesh()
        try await mesh.fixture.stock("apple", 5)
        let order = try await mesh.place(["apple": 2])
        try mesh.blockReceipts(of: order)
        // A stage that pauses would pass for one that is idle.
        try await mesh.runUntilIdle(configuration: StageConfiguration(failureCountMax: 100))
        #expect(try await mesh.fixture.status(order) == .dead)
        #expect(await mesh.queue.deadLetters(of: .fulfillment).map(\.message.kind) == [.fulfil])
        #expect(try await mesh.fixture.stockOf("apple") == [5, 0, 0])
        #expect(try await mesh.fixture.balance("bob") == [0, 0])

        try mesh.unblockReceipts(of: order)
        await mesh.queue.redrive(.fulfillment)
        try await mesh.runUntilIdle()
        #expect(try await mesh.fixture.status(order) == .fulfilled)
        #expect(try await mesh.imbalances() == [:])
    }
}
