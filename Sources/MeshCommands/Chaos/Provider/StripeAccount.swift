// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls

/// The account at Stripe that a run charges on, as its owner sees it: past all proxies.
struct StripeAccount: Sendable {
    let endpoint: String

    static let secretKey = "sk_test_of_chaos"
    static let webhookSecret = "whsec_of_chaos"

    private static let pageLength = 1_000
    private static let pageByteCountMax = 16 << 20

    private let caller = HTTPCaller()

    /// One payment intent, and what of it stands.
    struct Intent: Sendable, Equatable {
        let id: String
        /// The provider's key and the order that it was made for; empty when it bears none.
        let key: String
        let order: String
        let amount: Int64
        /// Taken from the customer, ever.
        let taken: Int64
        let givenBack: Int64

        var standing: Int64 { taken - givenBack }
    }

    init(endpoint: String) { self.endpoint = endpoint }

    // MARK: - Preparing

    /// Has Stripe call `url` about intents.
    func announce(_ url: String) async throws {
        _ = try await ask(
            "POST", "/_config/webhooks/mesh",
            [
                ("url", url), ("secret", Self.webhookSecret),
                ("events[]", "payment_intent.succeeded"),
                ("events[]", "payment_intent.payment_failed"),
            ])
    }

    /// Makes a customer with a saved card.
    ///
    /// - Returns: Stripe's names of the customer and of the card.
    func makeCustomer(_ name: String, card: String) async throws -> (id: String, method: String) {
        let method = try await make(
            "/v1/payment_methods",
            [
                ("type", "card"), ("card[number]", card), ("card[exp_month]", "12"),
                ("card[exp_year]", "2040"), ("card[cvc]", "123"),
            ])
        let customer = try await make("/v1/customers", [("description", name)])
        _ = try await make("/v1/payment_methods/\(method)/attach", [("customer", customer)])
        return (customer, method)
    }

    // MARK: - Reading

    /// The newest intents, in one instant.
    ///
    /// - Parameter patience: Stripe may be asleep.
    func newest(_ count: Int, patience: Duration) async throws -> [Intent] {
        try await page(count, after: nil, patience: patience).data.map(\.intent)
    }

    /// Every intent; for when nothing moves.
    func all() async throws -> [Intent] {
        var intents: [Intent] = []
        while true {
            let page = try await page(
                Self.pageLength, after: intents.last?.id, patience: .seconds(60))
            intents += page.data.map(\.intent)
            if !page.hasMore { return intents }
        }
    }

    private struct Page: Decodable {
        let data: [Item]
        let hasMore: Bool

        struct Item: Decodable {
            let id: String
            let amount: Int64
            let status: String
            let metadata: [String: String]
            let latestCharge: Charge?

            struct Charge: Decodable {
                let amountRefunded: Int64
            }

            var intent: Intent {
                Intent(
                    id: id, key: metadata["provider_key"] ?? "", order: metadata["order_id"] ?? "",
                    amount: amount, taken: status == "succeeded" ? amount : 0,
                    givenBack: latestCharge?.amountRefunded ?? 0)
            }
        }
    }

    private func page(_ count: Int, after: String?, patience: Duration) async throws -> Page {
        var query = [("limit", "\(count)"), ("expand[]", "data.latest_charge")]
        if let after { query.append(("starting_after", after)) }
        let path = "/v1/payment_intents?" + Self.form(query)
        return try Self.decode(try await ask("GET", path, patience: patience))
    }

    // MARK: - Exchanges

    private func make(_ path: String, _ fields: [(String, String)]) async throws -> String {
        struct Made: Decodable { let id: String }
        let made: Made = try Self.decode(try await ask("POST", path, fields))
        return made.id
    }

    private func ask(
        _ method: String, _ path: String, _ fields: [(String, String)] = [],
        patience: Duration = .seconds(30)
    ) async throws -> [UInt8] {
        var request = HTTPRequest(
            method: method, url: endpoint + path,
            headers: [("Authorization", "Bearer " + Self.secretKey)],
            body: Array(Self.form(fields).utf8))
        if !fields.isEmpty {
            request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        }
        request.timeout = patience
        request.responseByteCountMax = Self.pageByteCountMax
        let response = try await caller.perform(request)
        guard response.status == 200 else {
            throw CommandError("localstripe answered \(response.status) to \(method) \(path)")
        }
        return response.body
    }

    private static func form(_ fields: [(String, String)]) -> String {
        var components = URLComponents()
        components.queryItems = fields.map { URLQueryItem(name: $0, value: $1) }
        return components.percentEncodedQuery ?? ""
    }

    private static func decode<Value: Decodable>(_ body: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(body))
    }
}
