// SPDX-License-Identifier: MIT
import FoundationEssentials
import Orders
import Pipeline
import PostgresStore
import Saga
import SecureTransport
import StageTestSupport
import Testing

@testable import Fulfillment

@Suite struct FulfillmentStageTests {
    private let fixture: OrderFixture
    private let directory: String
    private let stage: FulfillmentStage

    init() throws {
        fixture = try OrderFixture()
        directory = FileManager.default.temporaryDirectory.path + "/receipts-\(UUID())"
        let receipts = ReceiptDirectory(path: directory)
        try receipts.prepare()
        stage = FulfillmentStage(pool: fixture.pool, receipts: receipts)
    }

    private func file(_ order: OrderID) -> [UInt8]? { file(Receipt.path(of: order)) }

    private func printed(_ order: OrderID) -> [UInt8]? { file(Receipt.pagePath(of: order)) }

    private func file(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(directory)/\(path)").map { Array($0) }
    }

    @Test func `a charged order gets its receipt, its goods leave, the money stays`() async throws {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged()
        let outcome = try await stage.handle([fixture.fulfil(order)])[0]
        #expect(outcome.outputs.map(\.status) == [.fulfilled])
        #expect(try await fixture.status(order) == .fulfilled)
        #expect(try await fixture.stockOf("apple") == [3, 0, 2])
        let bytes = try #require(file(order))
        let recorded = try await fixture.pool.query(
            PostgresStatement(
                "receipt",
                """
                SELECT checksum, byte_count, page_checksum, page_byte_count, page_path FROM receipts
                """))
        #expect(try recorded[0][0] == Digest.sha256(bytes))
        #expect(try recorded[0][1] == Int64(bytes.count))
        let page = try #require(printed(order))
        #expect(try recorded[0][2] == Digest.sha256(page))
        #expect(try recorded[0][3] == Int64(page.count))
        #expect(try recorded[0][4] == Receipt.pagePath(of: order))
        #expect(
            try await fixture.number("SELECT count(*) FROM payments WHERE state = 'captured'") == 1)
    }

    @Test func `handled again after a lost settlement it ships nothing twice and sends the same`()
        async throws
    {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged()
        let first = try await stage.handle([fixture.fulfil(order)])
        let (bytes, page) = (file(order), printed(order))
        #expect(try await stage.handle([fixture.fulfil(order)]) == first)
        #expect(file(order) == bytes)
        #expect(printed(order) == page)
        #expect(try await fixture.stockOf("apple") == [3, 0, 2])
        #expect(try await fixture.events(order) == ["fulfilled"])
    }

    @Test(arguments: ["reversed", "reversing"])
    func `a charge that does not stand is not fulfilled`(_ state: String) async throws {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged(state: state)
        let outcome = try await stage.handle([fixture.fulfil(order)])[0]
        #expect(outcome.outputs.isEmpty)
        #expect(try await fixture.status(order) == .charged)
        #expect(file(order) == nil)
        #expect(try await fixture.stockOf("apple") == [3, 2, 0])
    }

    @Test func `a step of an earlier charge does nothing`() async throws {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged(attempt: 2)
        #expect(try await stage.handle([fixture.fulfil(order, attempt: 1)])[0] == .done())
        #expect(file(order) == nil)
    }

    @Test func `a receipt that was written before a crash is written again in the same bytes`()
        async throws
    {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged()
        // The stock is missing when the files lie there: the transaction fails, as in a crash.
        try await fixture.pool.query(
            PostgresStatement("hide", "UPDATE reservations SET state = 'released'"))
        await #expect(throws: PostgresError.self) {
            _ = try await stage.handle([fixture.fulfil(order)])
        }
        let (bytes, page) = (try #require(file(order)), try #require(printed(order)))
        #expect(try await fixture.number("SELECT count(*) FROM receipts") == 0)
        try await fixture.pool.query(
            PostgresStatement("show", "UPDATE reservations SET state = 'held'"))
        let outcome = try await stage.handle([fixture.fulfil(order)])[0]
        #expect(outcome.outputs.map(\.status) == [.fulfilled])
        #expect(file(order) == bytes)
        #expect(printed(order) == page)
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory)
        #expect(names.filter { $0.contains("\(order)") }.count == 2)
    }

    @Test(arguments: [Receipt.path, Receipt.pagePath])
    func `a receipt that cannot be written fails alone`(
        _ path: @Sendable (OrderID) -> String
    ) async throws {
        try await fixture.stock("apple", 5)
        let good = try await fixture.charged()
        let bad = try await fixture.charged()
        // A directory stands where the receipt is to be.
        try FileManager.default.createDirectory(
            atPath: "\(directory)/\(path(bad))/x", withIntermediateDirectories: true)
        let outcomes = try await stage.handle([fixture.fulfil(good), fixture.fulfil(bad)])
        #expect(outcomes[0].outputs.count == 1)
        guard case .retry = outcomes[1].verdict else {
            Issue.record("expected a retry, got \(outcomes[1])")
            return
        }
        #expect(try await fixture.statuses([good, bad]) == [.fulfilled, .charged])
        #expect(try await fixture.stockOf("apple") == [1, 2, 2])
    }

    @Test func `given up means that the charge goes back`() async throws {
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged(attempt: 3)
        let outcome = try await stage.givenUp(
            fixture.fulfil(order, attempt: 3), reason: "disk full")
        #expect(outcome.verdict == .retry(reason: "disk full"))
        #expect(outcome.outputs.map(\.kind) == [.reverse])
        #expect(outcome.outputs.map(\.attempt) == [3])
    }
}
