// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga
import StageTestSupport
import TestSupport
import Testing

@testable import Payment

/// Stripe as localstripe plays it, over real HTTP.
@Suite struct StripeProviderTests {
    private let fixture: StripeFixture
    private let provider: StripeProvider

    init() throws {
        fixture = try StripeFixture()
        provider = fixture.provider()
    }

    @Test func `a charge takes the amount once and can be asked about by its key`() async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge(1234)
        #expect(await provider.standing(of: [charge]) == [.neverSeen])
        let answer = await provider.charge([charge])[0]
        guard case .charged(let reference) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(await provider.standing(of: [charge]) == [.charged(reference: reference)])
        let intent = try #require(try await fixture.intents(of: charge.order).first)
        #expect(intent.id == reference)
        #expect(intent.amount == 1234)
        #expect(intent.metadata["provider_key"] == charge.key.text)
        #expect(intent.metadata["tenant"] == "acme")
        #expect(intent.metadata["attempt"] == "1")
    }

    /// By that name a reversal finds it at once, however many payments its customer has had since.
    @Test func `the name of a charge whose answer was lost is on record once it is asked about`()
        async throws
    {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        guard case .charged(let reference) = await provider.charge([charge])[0] else {
            Issue.record("not charged")
            return
        }
        // As a crash between Stripe's answer and our record of it leaves things.
        try await fixture.orders.pool.query(
            PostgresStatement(
                "test.forget", "UPDATE stripe_charges SET reference = NULL WHERE key = $1"),
            [.text(charge.key.text)])
        #expect(await provider.standing(of: [charge]) == [.charged(reference: reference)])
        let key = try await StripeBook.key(of: reference, on: fixture.orders.pool)
        #expect(key == charge.key.text)
    }

    /// A search begins an hour before the database's time of the question. Beyond, it finds nothing, and the
    /// same question under the same key has the first one's answer.
    @Test(arguments: ["30 minutes", "3 hours"])
    func `a database whose clock was ahead of Stripe's has nobody charged twice`(
        ahead: String
    ) async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let answer = await provider.charge([charge])
        try await fixture.orders.pool.query(
            PostgresStatement(
                "test.ahead",
                "UPDATE stripe_charges SET reference = NULL, "
                    + "requested_at = requested_at + $1::text::interval"), [.text(ahead)])
        #expect(await provider.charge([charge]) == answer)
        #expect(try await fixture.intents(of: charge.order).count == 1)
        #expect(try await fixture.net(charge.order) == 1000)
    }

    @Test func `the same key twice is one charge, and the answer is the first one's`() async throws
    {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let first = await provider.charge([charge])
        #expect(await provider.charge([charge]) == first)
        // From another process, at the same time as others.
        let other = fixture.provider()
        let answers = await withTaskGroup(of: [ChargeAnswer].self) { group in
            for _ in 0..<4 { group.addTask { await other.charge([charge]) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.allSatisfy { $0 == first[0] })
        #expect(try await fixture.intents(of: charge.order).count == 1)
        #expect(try await fixture.net(charge.order) == 1000)
    }

    @Test func `a first question asked by eight at once is one charge`() async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = await fixture.provider().charge([charge]) } }
        }
        #expect(try await fixture.net(charge.order) == 1000)
        #expect(try await fixture.intents(of: charge.order).count == 1)
    }

    @Test(arguments: [
        (StripeFixture.Card.declined, "card_declined"),
        (.authenticationRequired, "authentication_required"),
    ])
    func `what the bank or its customer would have to allow is declined for good`(
        _ card: StripeFixture.Card, _ reason: String
    ) async throws {
        try await fixture.card(card)
        let charge = try await fixture.charge()
        #expect(await provider.charge([charge]) == [.declined(reason: reason)])
        #expect(try await fixture.net(charge.order) == 0)
        // It cannot be taken by a later confirmation either.
        let intent = try #require(try await fixture.intents(of: charge.order).first)
        #expect(["requires_payment_method", "canceled"].contains(intent.status))
        // A better card under the same key changes nothing: the decline was final.
        try await fixture.card(.good)
        guard case .declined = await provider.charge([charge])[0],
            case .declined = await provider.standing(of: [charge])[0]
        else {
            Issue.record("a decline that was no end")
            return
        }
        #expect(await provider.reverse([charge]) == [.neverCharged])
        #expect(try await fixture.net(charge.order) == 0)
    }

    @Test func `a refund gives back once however often it is asked for`() async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        _ = await provider.charge([charge])
        #expect(await provider.reverse([charge]) == [.reversed])
        #expect(await provider.reverse([charge]) == [.reversed])
        #expect(await fixture.provider().reverse([charge, charge]) == [.reversed, .reversed])
        #expect(try await fixture.net(charge.order) == 0)
        #expect(await provider.standing(of: [charge]) == [.reversed])
        // What was given back is not taken again under its old key.
        let again = await provider.charge([charge])
        #expect(again == [.declined(reason: "this charge was given back")])
        #expect(try await fixture.net(charge.order) == 0)
    }

    @Test(arguments: [true, false])
    func `other parameters under the same key are never taken for success`(
        _ isNamed: Bool
    ) async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge(500)
        // Somebody has used the key for another amount, and our own record does not know of it.
        let name = isNamed ? charge.key.text : "of somebody else"
        let account = try await fixture.account(of: "bob")
        _ = try await fixture.post(
            "/v1/payment_intents",
            [
                ("amount", "9"), ("currency", "usd"), ("payment_method", "pm_card_visa"),
                ("customer", account), ("confirm", "true"),
                ("metadata[order_id]", "\(charge.order)"),
                ("metadata[provider_key]", name),
            ], key: charge.key.text)
        for _ in 0..<2 {
            guard case .unknown = await provider.charge([charge])[0] else {
                Issue.record("another charge was taken for ours")
                return
            }
        }
        #expect(try await fixture.net(charge.order) == 9, "nothing of ours was added")
    }

    @Test func `a batch gets one answer each, and one that fails harms no other`() async throws {
        try await fixture.card(.good, for: "bob")
        try await fixture.card(.declined, for: "eve")
        var charges: [Charge] = []
        for index in 0..<24 {
            charges.append(
                try await fixture.charge(
                    100 + Int64(index), customer: ["bob", "eve", "nobody"][index % 3]))
        }
        let answers = await provider.charge(charges)
        for (charge, answer) in zip(charges, answers) {
            switch charge.customer {
            case "bob":
                guard case .charged = answer else {
                    Issue.record("\(answer)")
                    continue
                }
                #expect(try await fixture.net(charge.order) == charge.amount.minorUnits)
            case "eve": #expect(answer == .declined(reason: "card_declined"))
            default: #expect(answer == .declined(reason: "the customer has no payment method"))
            }
        }
    }

    @Test func `a common payment method serves those without their own`() async throws {
        let provider = fixture.provider(paymentMethod: "pm_card_visa")
        let charge = try await fixture.charge(777, customer: "walk-in")
        guard case .charged = await provider.charge([charge])[0] else {
            Issue.record("not charged")
            return
        }
        #expect(try await fixture.net(charge.order) == 777)
        #expect(await provider.reverse([charge]) == [.reversed])
        #expect(try await fixture.net(charge.order) == 0)
    }

    @Test func `yen are charged whole, and an order over nothing is paid`() async throws {
        try await fixture.card(.good)
        let jpy = Currency(unchecked: "JPY")
        let odd = try await fixture.charge(1050, currency: jpy)
        let whole = try await fixture.charge(250_000, currency: jpy)
        let free = try await fixture.charge(0)
        let answers = await provider.charge([odd, whole, free])
        #expect(answers[0] == .declined(reason: "JPY has no fractions to charge"))
        #expect(try await fixture.intents(of: whole.order).map(\.amount) == [2500])
        #expect(answers[2] == .charged(reference: "nothing to charge"))
        #expect(await provider.reverse([free]) == [.neverCharged])
    }
}
