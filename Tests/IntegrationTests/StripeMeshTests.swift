// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import NIOCore
import NIOPosix
import PostgresStore
import TestSupport
import Testing

/// The built daemons with Stripe as the provider: what stands charged there is what was fulfilled here,
/// also when paymentd dies in the middle, and what Stripe calls about is known already.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StripeMeshTests {
    private static let key = "sk_test_of_a_mesh"
    private static let webhookSecret = "whsec_of_a_mesh"
    private static let orderCount = 60
    private static let crashCount = 3
    /// Cards whose behaviour Stripe documents.
    private static let cards = [
        "paying": "4242424242424242", "declined": "4000000000000341",
    ]

    private let stripe: LocalStripe
    private let caller = HTTPCaller()

    init() throws { stripe = try LocalStripe.shared.get() }

    @Test func `orders charged at Stripe add up, though paymentd dies in the middle`() async throws
    {
        let webhookPort = try await Self.freePort()
        let mesh = try await MeshProcess.start([
            "MESH_PAYMENT_PROVIDER": "stripe", "MESH_STRIPE_ENDPOINT": stripe.endpoint,
            "MESH_STRIPE_SECRET_KEY": Self.key, "MESH_STRIPE_WEBHOOK_PORT": "\(webhookPort)",
            "MESH_STRIPE_WEBHOOK_SECRET": Self.webhookSecret,
        ])
        let shelf = try mesh.meshctl(["stock", "receive", "PROD-001", "1000000"])
        #expect(await shelf.end() == 0, "\(shelf.lines)")
        let database = Database(try mesh.postgres)
        defer { database.close() }
        try await announce(to: webhookPort)
        for (customer, card) in Self.cards { try await give(card, to: customer, in: database) }

        for number in 0..<Self.orderCount {
            try await place(number, at: try mesh.httpPort)
            if number % (Self.orderCount / Self.crashCount) == 10 { try mesh.crash("paymentd") }
        }
        try await database.wait(
            for: "SELECT count(*) = 0 FROM orders WHERE status NOT IN ('fulfilled', 'declined')")
        try await expectSums(in: database)
        try await expectWebhooks(at: try mesh.adminPort(of: "paymentd"))
        #expect(try await mesh.stop() == 0)
    }

    private func expectSums(in database: Database) async throws {
        let fulfilled = try await database.number(
            "SELECT count(*) FROM orders WHERE status = 'fulfilled'")
        // Every third customer's card is declined.
        #expect(fulfilled == Int64(Self.orderCount * 2 / 3))
        let total = try await database.number(
            "SELECT sum(total_minor) FROM orders WHERE status = 'fulfilled'")
        let intents = try await intents()
        let charged = intents.filter { $0.status == "succeeded" }
        #expect(charged.reduce(0) { $0 + $1.amount } == total)
        // Once each, and nothing for an order that is not there.
        #expect(Set(charged.compactMap { $0.metadata["order_id"] }).count == charged.count)
        #expect(Int64(charged.count) == fulfilled)
        #expect(
            try await database.number(
                "SELECT count(*) FROM payments WHERE state IN ('charging', 'unknown', 'reversing')")
                == 0)
    }

    /// Stripe tells of charges, a second behind; what it tells is known already, and none is refused.
    private func expectWebhooks(at port: Int) async throws {
        var heard: [Substring] = []
        while heard.isEmpty {
            let response = try await caller.perform(
                HTTPRequest(method: "GET", url: "http://127.0.0.1:\(port)/metrics"))
            heard = String(decoding: response.body, as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("mesh_stripe_webhooks_total{") }
        }
        let refusals = ["unsigned", "forged", "stale", "too_large", "malformed"]
        #expect(!heard.contains { line in refusals.contains { line.contains($0) } }, "\(heard)")
    }

    // MARK: - Stripe's side

    private struct Intent: Decodable {
        let status: String
        let amount: Int64
        let metadata: [String: String]
    }

    private func intents() async throws -> [Intent] {
        struct Page: Decodable { let data: [Intent] }
        let body = try await ask("GET", "/v1/payment_intents?limit=1000")
        return try JSONDecoder().decode(Page.self, from: Data(body)).data
    }

    private func announce(to port: Int) async throws {
        let url = "http%3A%2F%2F127.0.0.1%3A\(port)%2Fstripe%2Fwebhook"
        _ = try await ask(
            "POST", "/_config/webhooks/mesh",
            "url=\(url)&secret=\(Self.webhookSecret)&events[]=payment_intent.succeeded")
    }

    /// Makes the customer an account with a saved card, and tells the mesh of it.
    private func give(_ card: String, to customer: String, in database: Database) async throws {
        let method = try await make(
            "/v1/payment_methods",
            "type=card&card[number]=\(card)&card[exp_month]=12&card[exp_year]=2040&card[cvc]=123")
        let account = try await make("/v1/customers", "description=\(customer)")
        _ = try await make("/v1/payment_methods/\(method)/attach", "customer=\(account)")
        try await database.run(
            "INSERT INTO stripe_customers VALUES ($1, $2, $3, $4)",
            ["default", customer, account, method])
    }

    private func make(_ path: String, _ form: String) async throws -> String {
        struct Made: Decodable { let id: String }
        return try JSONDecoder().decode(Made.self, from: Data(try await ask("POST", path, form))).id
    }

    private func ask(
        _ method: String, _ path: String, _ form: String = ""
    ) async throws -> [UInt8] {
        try await stripe.call(method, path, form: form, secret: Self.key, by: caller)
    }

    // MARK: - Our side

    private func place(_ number: Int, at port: Int) async throws {
        let customer = number % 3 == 0 ? "declined" : "paying"
        let item = #"{"product_id": "PROD-001", "quantity": 1, "price": \#(number % 7 + 1)}"#
        let body = """
            {"customer_id": "\(customer)", "idempotency_key": "stripe-\(number)", \
            "items": [\(item)]}
            """
        let response = try await caller.perform(
            HTTPRequest(
                method: "POST", url: "http://127.0.0.1:\(port)/orders",
                headers: [("Content-Type", "application/json")], body: Array(body.utf8)))
        #expect(response.status == 202, "\(String(decoding: response.body, as: UTF8.self))")
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return try #require(channel.localAddress?.port)
    }
}
