// SPDX-License-Identifier: MIT
import Sessions
import Testing
import Wire

@testable import ServiceClients

@Suite struct SubscriptionTableTests {
    @Test func `numbers are never used twice, and each connection has its own generation`() {
        var table = SubscriptionTable()
        let first = table.add("a", credit: 1)
        table.remove(first.number)
        let second = table.add("b", credit: 2)
        #expect(second.number > first.number)
        #expect(table.renew().isEmpty, "it is on its way, or waits for this connection")
        #expect(table.generation == 1)
        table.answered(second.number)
        #expect(table.renew().map(\.queue) == ["b"])
        #expect(
            table.renew().isEmpty, "the one before was lost, and what it was asked waits for this")
        table.answered(second.number)
        #expect(table.renew().map(\.number) == [second.number])
        #expect(table.generation == 4)
    }

    @Test func `an error ends the one that it is about, and the others go on`() async throws {
        var table = SubscriptionTable()
        let (bad, good) = (table.add("a", credit: 1), table.add("b", credit: 1))
        table.fail(bad.number, CallError(.unknownQueue, message: "gone"))
        table.deliver(Deliver(subscription: good.number, deliveries: []))
        var deliveries = good.makeAsyncIterator()
        #expect(try await deliveries.next()?.generation == 0)
        let error = await #expect(throws: CallError.self) { for try await _ in bad {} }
        #expect(error?.code == .unknownQueue)
    }
}
