// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import Orders
import PostgresStore
import StageTestSupport
import TestSupport

@testable import Payment

/// A database with orders, a Stripe with customers, and questions that tests ask of both.
struct StripeFixture: Sendable {
    /// Cards whose behaviour Stripe documents.
    enum Card: String {
        case good = "4242424242424242"
        case declined = "4000000000000341"
        case authenticationRequired = "4000002500003155"
    }

    static let secret = "sk_test_not_to_be_shown"

    let orders: OrderFixture
    private let stripe: LocalStripe
    private let caller = HTTPCaller()

    init() throws {
        orders = try OrderFixture()
        stripe = try LocalStripe.shared.get()
    }

    var endpoint: String { stripe.endpoint }

    /// - Parameter url: where Stripe is asked; localstripe itself unless given.
    func provider(
        at url: String? = nil, timeout: Duration = .seconds(20), concurrencyMax: Int = 8,
        paymentMethod: String? = nil
    ) -> StripeProvider {
        var configuration = StripeConfiguration(
            endpoint: url ?? endpoint, secretKey: StripeSecret(Self.secret))
        configuration.timeout = timeout
        configuration.concurrencyMax = concurrencyMax
        configuration.paymentMethod = paymentMethod
        return StripeProvider(configuration, pool: orders.pool)
    }

    func stage(at url: String? = nil) -> PaymentStage<StripeProvider> {
        PaymentStage(pool: orders.pool, provider: provider(at: url))
    }

    /// Gives the customer a saved card at Stripe.
    func card(_ card: Card, for customer: String = "bob") async throws {
        let made = try await post(
            "/v1/payment_methods",
            [
                ("type", "card"), ("card[number]", card.rawValue), ("card[exp_month]", "12"),
                ("card[exp_year]", "2040"), ("card[cvc]", "123"),
            ])
        let owner = try await post("/v1/customers", [("description", customer)])
        _ = try await post("/v1/payment_methods/\(made)/attach", [("customer", owner)])
        try await orders.pool.query(
            PostgresStatement(
                "fixture.card",
                """
                INSERT INTO stripe_customers (tenant, customer, stripe_customer, payment_method)
                VALUES ('acme', $1, $2, $3) ON CONFLICT (tenant, customer) DO UPDATE
                    SET stripe_customer = excluded.stripe_customer,
                        payment_method = excluded.payment_method
                """), [.text(customer), .text(owner), .text(made)])
    }

    /// An order of its own that waits to be charged.
    func charge(
        _ amount: Int64 = 1000, attempt: UInt32 = 1, customer: String = "bob",
        currency: Currency = .usd
    ) async throws -> Charge {
        let order = try await orders.place(
            [:], customer: customer, total: amount, status: .reserved)
        return Charge(
            order: order, attempt: attempt, tenant: "acme", customer: customer,
            amount: Money(minorUnits: amount, currency: currency))
    }

    /// What stands charged at Stripe for an order: taken less given back, over all its intents.
    func net(_ order: OrderID) async throws -> Int64 {
        Self.net(try await intents(of: order))
    }

    /// The same for each of many orders that were placed one after the other, asked for at once.
    func nets(_ orders: [OrderID]) async throws -> [Int64] {
        guard let first = orders.map(\.createdAt).min() else { return [] }
        // Stripe counts whole seconds.
        let since = first.milliseconds / 1_000 - 1
        let query = StripeForm([("limit", "100000"), ("created[gte]", "\(since)")])
        let body = try await call("GET", "/v1/payment_intents?" + query.text, "")
        let made = Dictionary(grouping: try Self.decode(StripeIntent.Page.self, body).data) {
            $0.metadata["order_id"] ?? ""
        }
        return orders.map { Self.net(made["\($0)"] ?? []) }
    }

    private static func net(_ intents: [StripeIntent]) -> Int64 {
        intents.reduce(0) { sum, intent in
            guard intent.status == "succeeded" else { return sum }
            return sum + intent.amount - (intent.latestCharge?.amountRefunded ?? 0)
        }
    }

    /// All that Stripe ever made for an order, in the account of its customer.
    func intents(of order: OrderID) async throws -> [StripeIntent] {
        let customer: String? = try await orders.pool.query(
            PostgresStatement(
                "fixture.account",
                "SELECT max(stripe_customer) FROM stripe_charges WHERE order_id = $1"),
            [.uuid(order.value)])[0][0]
        var query = StripeForm([("limit", "100000")])
        if let customer { query.add("customer", customer) }
        let body = try await call("GET", "/v1/payment_intents?" + query.text, "")
        return try Self.decode(StripeIntent.Page.self, body).data.filter {
            $0.metadata["order_id"] == "\(order)"
        }
    }

    /// State and attempt of each order's payment.
    func payments(of orders: [OrderID]) async throws -> [String] {
        var states: [String: String] = [:]
        for row in try await self.orders.pool.query(
            PostgresStatement(
                "fixture.payments",
                """
                SELECT order_id::text, state || ' ' || attempt FROM payments
                WHERE order_id = ANY($1::uuid[])
                """), [.uuids(orders.map(\.value))])
        {
            states[try row[0]] = try row[1]
        }
        return orders.map { states["\($0)"] ?? "none" }
    }

    /// A customer's account at Stripe.
    func account(of customer: String) async throws -> String {
        try await orders.pool.query(
            PostgresStatement(
                "fixture.account-of",
                "SELECT stripe_customer FROM stripe_customers WHERE customer = $1"),
            [.text(customer)])[0][0]
    }

    /// The payment method that is on record for an order's charge.
    func method(of order: OrderID) async throws -> String {
        try await orders.pool.query(
            PostgresStatement(
                "fixture.method",
                "SELECT payment_method FROM stripe_charges WHERE order_id = $1"),
            [.uuid(order.value)])[0][0]
    }

    /// Gives customers `c0`, `c1`, ... each an account at Stripe, and a good card to all.
    func cards(customerCount: Int) async throws {
        var accounts: [String] = []
        for index in 0..<customerCount {
            accounts.append(try await post("/v1/customers", [("description", "c\(index)")]))
        }
        try await orders.pool.query(
            PostgresStatement(
                "fixture.cards",
                """
                INSERT INTO stripe_customers (tenant, customer, stripe_customer, payment_method)
                SELECT 'acme', 'c' || (n - 1), account, 'pm_card_visa'
                FROM unnest($1::text[]) WITH ORDINALITY AS a (account, n)
                """), [.texts(accounts)])
    }

    /// The id of what was made.
    func post(
        _ path: String, _ fields: [(name: String, value: String)], key: String? = nil
    ) async throws -> String {
        struct Made: Decodable { let id: String }
        let body = try await call("POST", path, StripeForm(fields).text, key: key)
        return try Self.decode(Made.self, body).id
    }

    /// Has Stripe call `url` when an intent succeeds, for as long as the process lives.
    func announce(to url: String, secret: String) async throws {
        let form = StripeForm([
            ("url", url), ("secret", secret), ("events[]", "payment_intent.succeeded"),
        ])
        _ = try await call("POST", "/_config/webhooks/test", form.text)
    }

    private func call(
        _ method: String, _ path: String, _ form: String, key: String? = nil
    ) async throws -> [UInt8] {
        try await stripe.call(
            method, path, form: form, secret: Self.secret, key: key, by: caller)
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ body: [UInt8]
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(body))
    }
}
