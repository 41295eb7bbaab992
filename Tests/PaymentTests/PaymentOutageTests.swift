// SPDX-License-Identifier: MIT
import Logging
import Orders
import Payment
import Pipeline
import Saga
import StageTestSupport
import Synchronization
import TestSupport
import Testing

/// A provider that is dead for much longer than an order has attempts, and then comes back.
@Suite struct PaymentOutageTests {
    @Test func `no order lands in the dead letters while the provider is dead`() async throws {
        let fixture = try OrderFixture()
        let requestCount = Atomic(0)
        let server = try await HTTPReceiver { _ in
            let count = requestCount.add(1, ordering: .relaxed).newValue
            // Dead, then at hand and failing, then well.
            return count <= 12 ? .hangUp : .respond(count <= 24 ? 500 : 200)
        }
        let queue = MemoryStepQueue()
        var orders: [OrderID] = []
        for _ in 0..<30 {
            let order = try await fixture.place([:], status: .reserved)
            orders.append(order)
            await queue.publish(StepMessage(.charge, order: order))
        }
        let provider = HTTPProvider(base: LedgerProvider(pool: fixture.pool), url: server.url)
        let runtime = StageRuntime(
            PaymentStage(pool: fixture.pool, provider: provider), queue: queue,
            configuration: StageConfiguration(
                batchCountMax: 10, pause: .milliseconds(1), pauseMax: .milliseconds(5)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            await queue.emptied(.payment)
            runtime.beginDrain()
            try await group.waitForAll()
        }
        #expect(requestCount.load(ordering: .relaxed) > 24)
        #expect(await queue.deadCount(of: .payment) == 0)
        #expect(try await fixture.statuses(orders).allSatisfy { $0 == .charged })
        #expect(try await fixture.balance("bob") == Array(repeating: 30_000, count: 2))
    }
}
