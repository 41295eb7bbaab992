// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import Saga
import StageTestSupport
import Testing

/// Dead letters of every kind, redriven: once or twice, in any order, the end is the same.
@Suite struct RedriveTests {
    /// How a step came to lie in the dead letters.
    enum Burial: CaseIterable {
        /// Its work was done; its settlement was lost until no attempt was left.
        case reserveUnsettled, chargeUnsettled, fulfilUnsettled, reverseUnsettled, releaseUnsettled
        /// It was given up: the next queue stayed full, the receipt could not be written.
        case chargeGivenUp, fulfilGivenUp

        /// The queues that hold its dead letters then.
        var queues: [StageQueue] {
            switch self {
            case .reserveUnsettled: [.inventory]
            case .chargeUnsettled, .chargeGivenUp: [.payment]
            case .fulfilUnsettled, .fulfilGivenUp: [.fulfillment]
            case .reverseUnsettled: [.fulfillment, .payment]
            case .releaseUnsettled: [.fulfillment, .inventory]
            }
        }

        /// How often the order is charged in all, the charges given back included.
        var chargeCount: Int64 {
            switch self {
            case .reserveUnsettled, .chargeUnsettled, .fulfilUnsettled: 1
            case .reverseUnsettled, .releaseUnsettled, .fulfilGivenUp: 2
            case .chargeGivenUp: 5
            }
        }
    }

    /// Which dead letters are put back in which order, how often each, and whether the stages come to
    /// rest in between.
    struct Redrive: Sendable, CustomTestStringConvertible {
        let burial: Burial
        let queues: [StageQueue]
        let copyCount: Int
        let rests: Bool

        var testDescription: String {
            "\(burial): \(queues.map(\.rawValue)) x \(copyCount)\(rests ? ", one by one" : "")"
        }

        static let all = Burial.allCases.flatMap { burial in
            [burial.queues, burial.queues.reversed()].prefix(burial.queues.count).flatMap {
                queues in
                [(1, true), (2, true), (2, false)].map {
                    Redrive(burial: burial, queues: queues, copyCount: $0, rests: $1)
                }
            }
        }
    }

    private static let patient = StageConfiguration(failureCountMax: 100)
    private static let lost = [MemoryStepQueue.Fault](repeating: .lost, count: 4)

    @Test(arguments: Redrive.all)
    func `the order is fulfilled, charged once and shipped once`(_ redrive: Redrive) async throws {
        let mesh = try Mesh()
        try await mesh.fixture.stock("apple", 5)
        let order = try await mesh.place(["apple": 2])
        try await bury(redrive.burial, order, in: mesh)
        for queue in redrive.burial.queues {
            #expect(await mesh.queue.deadCount(of: queue) == 1)
        }
        for queue in redrive.queues {
            await mesh.queue.redrive(queue, copies: redrive.copyCount)
            if redrive.rests { try await mesh.runUntilIdle(configuration: Self.patient) }
        }
        try await mesh.runUntilIdle(configuration: Self.patient)
        #expect(try await mesh.fixture.status(order) == .fulfilled)
        #expect(try await mesh.fixture.stockOf("apple") == [3, 0, 2])
        #expect(try await mesh.fixture.balance("bob") == [1000, 1000])
        #expect(try await mesh.imbalances() == [:])
        try await expectKeys(of: order, chargeCount: redrive.burial.chargeCount, in: mesh)
    }

    /// Each charge under the key of the next attempt, each but the last given back once.
    private func expectKeys(of order: OrderID, chargeCount: Int64, in mesh: Mesh) async throws {
        let expected = (1...UInt32(chargeCount)).map {
            ProviderKey(order, attempt: $0, .charge).text
        }
        let keys = try await mesh.fixture.number(
            """
            SELECT count(*) FROM ledger_transfers WHERE kind = 'charge'
                AND key IN (\(expected.map { "'\($0)'" }.joined(separator: ", ")))
            """)
        #expect(keys == chargeCount)
        let transfers = "SELECT count(*) FROM ledger_transfers"
        #expect(try await mesh.fixture.number(transfers) == 2 * chargeCount - 1)
    }

    // MARK: - How it came to that

    private func bury(_ burial: Burial, _ order: OrderID, in mesh: Mesh) async throws {
        switch burial {
        case .reserveUnsettled:
            await mesh.queue.fail(Self.lost)
            try await run(mesh, only: .inventory)
        case .chargeUnsettled:
            try await run(mesh, only: .inventory)
            await mesh.queue.fail(Self.lost)
            try await run(mesh, only: .payment)
        case .fulfilUnsettled:
            try await run(mesh, only: .inventory)
            try await run(mesh, only: .payment)
            await mesh.queue.fail(Self.lost)
            try await run(mesh, only: .fulfillment)
        case .chargeGivenUp:
            await mesh.queue.setFull(.fulfillment, true)
            try await mesh.runUntilIdle()
            await mesh.queue.setFull(.fulfillment, false)
        case .fulfilGivenUp:
            try await giveUpFulfillment(order, in: mesh)
            try await mesh.runUntilIdle()
        case .reverseUnsettled:
            try await giveUpFulfillment(order, in: mesh)
            await mesh.queue.fail(Self.lost)
            try await run(mesh, only: .payment)
        case .releaseUnsettled:
            try await giveUpFulfillment(order, in: mesh)
            try await run(mesh, only: .payment)
            await mesh.queue.fail(Self.lost)
            try await run(mesh, only: .inventory)
        }
    }

    private func giveUpFulfillment(_ order: OrderID, in mesh: Mesh) async throws {
        try await run(mesh, only: .inventory)
        try await run(mesh, only: .payment)
        try mesh.blockReceipts(of: order)
        try await run(mesh, only: .fulfillment)
        try mesh.unblockReceipts(of: order)
    }

    private func run(_ mesh: Mesh, only queue: StageQueue) async throws {
        let others: Set<StageQueue> = [.inventory, .payment, .fulfillment]
        try await mesh.runUntilIdle(
            configuration: Self.patient, except: others.subtracting([queue]))
    }
}
