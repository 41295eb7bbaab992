// SPDX-License-Identifier: MIT
import FoundationEssentials
import Logging
import Orders
import Pipeline
import PostgresStore
import StageTestSupport
import Testing

@testable import Fulfillment

@Suite struct ReceiptKeeperTests {
    private let fixture: OrderFixture
    private let receipts: ReceiptDirectory
    private let keeper: ReceiptKeeper
    private let stage: FulfillmentStage

    init() throws {
        fixture = try OrderFixture()
        receipts = ReceiptDirectory(
            path: FileManager.default.temporaryDirectory.path + "/receipts-\(UUID())")
        try receipts.prepare()
        keeper = ReceiptKeeper(
            pool: fixture.pool, directory: receipts, interval: .seconds(10),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        stage = FulfillmentStage(pool: fixture.pool, receipts: receipts)
    }

    private func fulfilled(_ count: Int) async throws -> [OrderID] {
        try await fixture.stock("apple", 100)
        var orders: [OrderID] = []
        for _ in 0..<count { orders.append(try await fixture.charged()) }
        let outcomes = try await stage.handle(orders.map { fixture.fulfil($0) })
        #expect(outcomes.allSatisfy { $0.verdict == .acknowledge })
        return orders
    }

    private func path(_ order: OrderID) -> String {
        "\(receipts.path)/\(Receipt.path(of: order))"
    }

    @Test func `what a crash left out, cut off or emptied is written again`() async throws {
        try await keeper.start()
        let orders = try await fulfilled(4)
        let before = try orders.map { try receipts.read(Receipt.path(of: $0)) }
        try FileManager.default.removeItem(atPath: path(orders[0]))
        try Data(try #require(before[1]).prefix(10)).write(to: URL(filePath: path(orders[1])))
        try Data().write(to: URL(filePath: path(orders[2])))
        #expect(try await keeper.restore() == 3)
        #expect(try orders.map { try receipts.read(Receipt.path(of: $0)) } == before)
        #expect(try await keeper.restore() == 0)
    }

    @Test func `what was recorded long before the mark is not looked through`() async throws {
        try await keeper.start()
        let order = try await fulfilled(1)[0]
        try await fixture.pool.query(
            PostgresStatement(
                "older", "UPDATE receipts SET created_at = now() - interval '1 hour'"))
        try FileManager.default.removeItem(atPath: path(order))
        #expect(try await keeper.restore() == 0)
    }

    @Test func `a sync moves the mark, and each start but the first looks behind it`() async throws
    {
        let mark = ReceiptMark(in: receipts)
        #expect(try mark.read() == nil)
        try await keeper.start()
        let first = try #require(try mark.read())
        let order = try await fulfilled(1)[0]
        try await keeper.sync()
        #expect(try #require(try mark.read()) > first)
        try FileManager.default.removeItem(atPath: path(order))
        try await keeper.start()
        #expect(FileManager.default.fileExists(atPath: path(order)))
    }

    @Test func `a mark that says nothing is damage, and keeps the daemon from starting`()
        async throws
    {
        try Data("yesterday\n".utf8).write(to: URL(filePath: "\(receipts.path)/.synced"))
        await #expect(throws: ReceiptError.self) { try await keeper.start() }
    }

    @Test func `receipts in the words of another version are recorded anew`() async throws {
        try await keeper.start()
        let order = try await fulfilled(1)[0]
        let bytes = try #require(try receipts.read(Receipt.path(of: order)))
        try Data("another version's".utf8).write(to: URL(filePath: path(order)))
        try await fixture.pool.query(
            PostgresStatement(
                "other", "UPDATE receipts SET checksum = sha256('other'), byte_count = 5")
        )
        #expect(try await keeper.restore() == 1)
        #expect(try receipts.read(Receipt.path(of: order)) == bytes)
        #expect(try await keeper.restore() == 0)
    }
}
