// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import Synchronization
import TestSupport
import Testing

/// Dead letters of the built mesh, as an operator sees them, understands them and puts them back.
@Suite(.serialized, .timeLimit(.minutes(4))) struct DeadLetterJourneyTests {
    private let caller = HTTPCaller()

    @Test func `a receipt that cannot be written ends as a letter that says what is at stake`()
        async throws
    {
        try await Self.withMesh { mesh, database in
            try mesh.freeze("fulfillmentd")
            let order = try await place("1", total: 7, on: mesh)
            let blockade = try Self.blockReceipt(of: order, on: mesh)
            try mesh.thaw("fulfillmentd")
            // Given up, charged back, and its stock given back: nothing is at stake while it lies there.
            try await database.wait(for: "SELECT bool_and(status = 'dead') FROM orders")
            try await database.wait(for: "SELECT bool_and(state = 'reversed') FROM payments")

            let letters = try await Self.run(mesh, ["dlq", "ls", "fulfillment"])
            #expect(letters.contains { $0.contains("order \(order)  fulfil") }, "\(letters)")
            let sequence = try #require(
                letters.first { $0.hasPrefix("#") }?.split(separator: " ").first?.dropFirst())
            let report = try await explain(String(sequence), in: "fulfillment", on: mesh)
            #expect(report["order"] as? String == order)
            #expect(report["step"] as? String == "fulfil")
            #expect(report["moneyAtRiskMinor"] as? Int == 0)
            #expect(report["attempts"] as? Int == 4)

            try FileManager.default.removeItem(at: blockade)
            // Twice: the second finds nothing to put back.
            for expected in ["1 redriven in fulfillment", "0 redriven in fulfillment"] {
                let lines = try await Self.run(
                    mesh, ["dlq", "redrive", "fulfillment", "--why", "the disk is whole again"])
                #expect(lines.last == expected)
            }
            try await database.wait(for: "SELECT bool_and(status = 'fulfilled') FROM orders")
            try await expectPaidOnce(700, in: database)
        }
    }

    @Test func `a customer who could not be told is told once a redrive says so`() async throws {
        let answers = Answers()
        let receiver = try await HTTPReceiver { _ in .respond(answers.next()) }
        try await Self.withMesh(["MESH_WEBHOOK_RETRIES": "1s,1s"]) { mesh, database in
            try await database.run(
                "INSERT INTO webhook_endpoints (tenant, url, secret) VALUES ($1, $2, $3)",
                ["default", receiver.url, "c2VjcmV0LW9mLWEtdGVzdC10aGF0LWlzLWxvbmc="])
            let order = try await place("1", total: 1, on: mesh)
            // Reserved, charged, fulfilled: each change is a letter of its own.
            let changes = 3
            try await database.wait(for: "SELECT bool_and(status = 'fulfilled') FROM orders")
            let ls = ["dlq", "ls", "notification-retry"]
            var letters = try await Self.run(mesh, ls)
            while letters.last?.hasPrefix("\(changes) dead") != true {
                letters = try await Self.run(mesh, ls)
            }
            let about = "order \(order)  tell to \(receiver.url)"
            #expect(letters.count { $0.contains(about) } == changes, "\(letters)")

            answers.set(200)
            _ = try await Self.run(
                mesh, ["dlq", "redrive", "notification-retry", "--why", "they are back"])
            try await database.wait(
                for:
                    "SELECT count(*) = \(changes) FROM notifications WHERE delivered_at IS NOT NULL"
            )
            letters = try await Self.run(mesh, ls)
            #expect(letters.last?.hasPrefix("0 dead") == true, "\(letters)")
            #expect(answers.goodCount == changes, "each is told once")
        }
        try await receiver.stop()
    }

    /// What a receiver answers, which changes in the middle.
    private final class Answers: Sendable {
        private let state = Mutex((status: 500, goodCount: 0))

        func next() -> Int {
            state.withLock { state in
                if state.status == 200 { state.goodCount += 1 }
                return state.status
            }
        }

        func set(_ status: Int) { state.withLock { $0.status = status } }

        /// How often it answered that all is well.
        var goodCount: Int { state.withLock { $0.goodCount } }
    }

    // MARK: - The mesh

    private static func withMesh(
        _ settings: [String: String] = [:], _ body: (MeshProcess, Database) async throws -> Void
    ) async throws {
        let mesh = try await MeshProcess.start(settings)
        _ = try await run(mesh, ["stock", "receive", "PROD-001", "100"])
        let database = Database(try mesh.postgres)
        defer { database.close() }
        try await body(mesh, database)
        #expect(try await mesh.stop() == 0)
    }

    /// What it says, when it ends well.
    private static func run(_ mesh: MeshProcess, _ arguments: [String]) async throws -> [String] {
        let tool = try mesh.meshctl(arguments)
        #expect(await tool.end() == 0, "\(arguments): \(tool.lines)")
        return tool.lines
    }

    private func explain(
        _ sequence: String, in queue: String, on mesh: MeshProcess
    ) async throws -> [String: Any] {
        let lines = try await Self.run(mesh, ["dlq", "explain", queue, sequence, "--json"])
        let object = try JSONSerialization.jsonObject(with: Data(lines.joined().utf8))
        return try #require(object as? [String: Any])
    }

    /// Puts a directory where a file is to be.
    private static func blockReceipt(of order: String, on mesh: MeshProcess) throws -> URL {
        // A UUID of version 7 begins with its milliseconds.
        let digits = order.filter { $0 != "-" }.prefix(12)
        let day = try #require(UInt64(digits, radix: 16)) / 86_400_000
        let place = mesh.directory.appending(path: "receipts/\(day)/\(order).json")
        try FileManager.default.createDirectory(
            at: place.appending(path: "x"), withIntermediateDirectories: true)
        return place
    }

    /// - Returns: the order's id.
    private func place(_ key: String, total: Int, on mesh: MeshProcess) async throws -> String {
        struct Accepted: Decodable { let orderId: String }
        let item = #"{"product_id": "PROD-001", "quantity": 1, "price": \#(total)}"#
        let body = #"{"customer_id": "c", "idempotency_key": "\#(key)", "items": [\#(item)]}"#
        let response = try await caller.perform(
            HTTPRequest(
                method: "POST", url: "http://127.0.0.1:\(try mesh.httpPort)/orders",
                headers: [("Content-Type", "application/json")], body: Array(body.utf8)))
        #expect(response.status == 202, "\(String(decoding: response.body, as: UTF8.self))")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Accepted.self, from: Data(response.body)).orderId
    }

    private func expectPaidOnce(_ total: Int64, in database: Database) async throws {
        let net = try await database.number(
            """
            SELECT sum(CASE kind WHEN 'charge' THEN amount_minor ELSE -amount_minor END)
            FROM ledger_transfers
            """)
        #expect(net == total)
        #expect(try await database.number("SELECT count(*) FROM ledger_transfers") == 3)
        #expect(try await database.number("SELECT shipped FROM stock") == 1)
    }
}
