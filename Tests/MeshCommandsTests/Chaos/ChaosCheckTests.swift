// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Testing

@testable import MeshCommands

/// Each breach is planted, and is found by the check that is for it.
@Suite struct ChaosCheckTests {
    struct Plant: CustomTestStringConvertible, Sendable {
        let sql: String
        let rule: String

        var testDescription: String { sql }
    }

    private static let charged =
        "an order is fulfilled with its total charged once, or at rest with nothing"

    static let always = [
        Plant(sql: "DELETE FROM ledger_transfers", rule: charged),
        Plant(
            sql: """
                UPDATE ledger_transfers SET reversed_by = 'none';
                INSERT INTO ledger_transfers (key, order_id, attempt, kind, tenant, customer,
                    amount_minor, currency)
                VALUES ('again', ORDER, 2, 'charge', 't', 'c', 500, 'USD')
                """, rule: charged),
        Plant(sql: "UPDATE orders SET status = 'declined'", rule: charged),
        Plant(sql: "UPDATE orders SET status = 'dead'", rule: charged),
        Plant(
            sql: "UPDATE payments SET state = 'reversed'",
            rule: "a payment says what the ledger says"),
        Plant(
            sql: "UPDATE payments SET state = 'charged'",
            rule: "money is kept for fulfilled orders and for no others"),
        Plant(
            sql: "DELETE FROM ledger_entries WHERE account = 'revenue:t'",
            rule: "every transfer has two entries of its amount that cancel out"),
        Plant(
            sql: "UPDATE ledger_entries SET amount_minor = amount_minor / 2",
            rule: "every transfer has two entries of its amount that cancel out"),
        Plant(
            sql: "UPDATE customer_accounts SET balance_minor = 400",
            rule: "a customer owes the sum of the entries of his account"),
        Plant(
            sql: "UPDATE stock SET on_hand = 9, shipped = 1",
            rule: "pieces are on hand, reserved or shipped as the reservations say"),
        Plant(
            sql: "UPDATE reservations SET state = 'held'",
            rule: "what an order wants is held on its way, and shipped when it is fulfilled"),
        Plant(
            sql: "UPDATE reservations SET quantity = 1",
            rule: "what an order wants is held on its way, and shipped when it is fulfilled"),
        Plant(
            sql: "DELETE FROM receipts", rule: "fulfilled orders have a receipt, and no others"),
        Plant(
            sql: "DELETE FROM idempotency_keys",
            rule: "every order that was not taken back has exactly one key"),
        Plant(
            sql: """
                INSERT INTO idempotency_keys (tenant, key, body_hash, state, order_id, expires_at)
                VALUES ('t', 'other', sha256(''), 'done', ORDER, now())
                """, rule: "every order that was not taken back has exactly one key"),
        Plant(
            sql: "DELETE FROM order_events WHERE number = 2",
            rule: "the events of an order are numbered without a gap"),
        Plant(
            sql: """
                INSERT INTO order_events
                SELECT order_id, created_at, 3, at, stage, status, detail, attempt, trace
                FROM order_events WHERE number = 2;
                UPDATE orders SET event_count = 3
                """, rule: "an order is fulfilled at most once"),
    ]

    static let atRest = [
        Plant(sql: "UPDATE orders SET status = 'charged'", rule: "every order comes to an end"),
        Plant(
            sql: "UPDATE reservations SET state = 'held'",
            rule: "no stock is held for an order at rest"),
        Plant(sql: "UPDATE payments SET state = 'unknown'", rule: "no payment stays open"),
        Plant(
            sql: """
                INSERT INTO outbox (message_id, queue, order_id, trace, tenant)
                VALUES (ORDER, 'inventory', ORDER, ORDER, 't')
                """, rule: "every accepted order was handed to the broker"),
        Plant(
            sql: """
                INSERT INTO webhook_endpoints (tenant, url, secret)
                VALUES ('t', 'http://127.0.0.1:1/', 'whsec_aaaaaaaaaaaaaaaaaaaaaaaa')
                """, rule: "customers with a receiver are told of the end of every order"),
    ]

    @Test func `an order that was fulfilled as it should be breaks no promise`() async throws {
        let ledger = try await ChaosLedger()
        defer { ledger.close() }
        let accepted = Self.accepted(ledger.order, key: "k")
        let breaches = try await ledger.breaches(
            of: ChaosCheck.always(.ledger) + ChaosCheck.atRest, accepted: [accepted])
        #expect(breaches == [])
    }

    @Test(arguments: always)
    func `a breach is found at any instant`(plant: Plant) async throws {
        let ledger = try await ChaosLedger()
        defer { ledger.close() }
        try await ledger.plant(plant.sql)
        let breaches = try await ledger.breaches(of: ChaosCheck.always(.ledger))
        #expect(breaches.contains { $0.rule == plant.rule }, "\(breaches)")
    }

    @Test(arguments: atRest)
    func `what was left lying is found at rest`(plant: Plant) async throws {
        let ledger = try await ChaosLedger()
        defer { ledger.close() }
        try await ledger.plant(plant.sql)
        let breaches = try await ledger.breaches(of: ChaosCheck.atRest)
        #expect(breaches.contains { $0.rule == plant.rule }, "\(breaches)")
    }

    @Test func `an accepted order that is lost, or whose key names another, is found`()
        async throws
    {
        let ledger = try await ChaosLedger()
        defer { ledger.close() }
        let lost = UniqueID(high: ledger.order.high, low: ledger.order.low &+ 1)
        let breaches = try await ledger.breaches(
            of: [],
            accepted: [Self.accepted(lost, key: "k"), Self.accepted(ledger.order, key: "none")])
        #expect(Set(breaches.map(\.subject)) == [lost.description, ledger.order.description])
    }

    private static func accepted(_ order: UniqueID, key: String) -> ChaosAnswers.Accepted {
        let request = DemoOrder(
            purpose: .ordinary, route: .http, tenant: "t", customer: "c", key: key, items: [],
            copies: 1)
        return ChaosAnswers.Accepted(request, as: order, sent: MeshInstant(milliseconds: 0))
    }
}
