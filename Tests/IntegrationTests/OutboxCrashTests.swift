// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import PostgresStore
import TestSupport
import Testing

/// Orders that are on disk in the database and not yet with the broker when their ingestd dies.
@Suite(.serialized, .timeLimit(.minutes(5))) struct OutboxCrashTests {
    private static let orderCount = 200

    /// - Parameter isFrameLost: whether what ingestd had sent is gone as well, because the broker dies
    ///   with it unread; else the broker reads it after its sender's death.
    @Test(arguments: [false, true])
    func `orders whose ingestd dies before the broker answers start once each`(
        isFrameLost: Bool
    ) async throws {
        let mesh = try await MeshProcess.start()
        let shelf = try mesh.meshctl(["stock", "receive", "PROD-001", "1000000"])
        #expect(await shelf.end() == 0, "\(shelf.lines)")
        let database = Database(try mesh.postgres)
        defer { database.close() }

        try mesh.freeze("brokerd")
        let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
            // The first waits for the broker alone; all others gather behind it.
            let (caller, port) = (HTTPCaller(Self.many), try mesh.httpPort)
            for number in 0..<Self.orderCount {
                group.addTask { await Self.place(number, to: port, by: caller) }
            }
            try await database.wait(for: "SELECT count(*) >= 100 FROM outbox")
            try mesh.crash("ingestd")
            var count = 0
            for try await status in group where status == 202 { count += 1 }
            return count
        }
        if isFrameLost { try mesh.crash("brokerd") } else { try mesh.thaw("brokerd") }
        try await mesh.awaitRestart(of: "ingestd")

        try await database.wait(
            for: "SELECT count(*) = 0 FROM orders WHERE status <> 'fulfilled'")
        try await database.wait(for: "SELECT count(*) = 0 FROM outbox")
        let stored = try await database.number("SELECT count(*) FROM orders")
        #expect(stored >= 100 && stored >= accepted)
        // Once each: reserved, charged, and written.
        #expect(
            try await database.number(
                "SELECT count(*) FROM order_events WHERE status = 'reserved'") == stored)
        #expect(try await database.number("SELECT count(*) FROM ledger_transfers") == stored)
        #expect(try await database.number("SELECT count(*) FROM receipts") == stored)
        #expect(try await database.number("SELECT shipped FROM stock") == stored)
        #expect(try await mesh.stop() == 0)
    }

    /// Each order on a connection of its own.
    private static var many: HTTPCallerConfiguration {
        var configuration = HTTPCallerConfiguration()
        configuration.connectionCountMax = orderCount
        configuration.connectionCountPerHostMax = orderCount
        return configuration
    }

    /// - Returns: the status; 0 when there was no answer.
    private static func place(
        _ number: Int, to port: Int, by caller: HTTPCaller
    ) async -> Int {
        let item = #"{"product_id": "PROD-001", "quantity": 1, "price": 1}"#
        let body = #"{"customer_id": "c", "idempotency_key": "k\#(number)", "items": [\#(item)]}"#
        let request = HTTPRequest(
            method: "POST", url: "http://127.0.0.1:\(port)/orders",
            headers: [("Content-Type", "application/json")], body: Array(body.utf8))
        do {
            return try await caller.perform(request).status
        } catch {
            // The daemon is killed while they wait: that is the test.
            return 0
        }
    }
}
