// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import TestSupport
import Testing

@testable import MeshCommands

/// One order that Stripe was paid for as it should be, and what could be wrong with it.
@Suite struct StripeAuditTests {
    private static let paidByStripe = """
        DELETE FROM ledger_entries;
        DELETE FROM ledger_transfers;
        UPDATE payments SET provider = 'stripe', reference = 'pi_1';
        INSERT INTO stripe_charges (key, order_id, payment_method, amount, currency, reference)
        VALUES ('charge', ORDER, 'pm_1', 500, 'usd', 'pi_1')
        """

    private static let written = "nothing is charged at Stripe that was not written down before"
    private static let recorded = "a payment that is charged here stands at Stripe"
    private static let settled = "what stands at Stripe is the total of the fulfilled, once each"
    private static let named = "a payment names the intent that took its money"

    private func intent(
        _ order: String, id: String = "pi_1", key: String = "charge", amount: Int64 = 500,
        taken: Int64 = 500, givenBack: Int64 = 0
    ) -> StripeAccount.Intent {
        StripeAccount.Intent(
            id: id, key: key, order: order, amount: amount, taken: taken, givenBack: givenBack)
    }

    /// The rules that are broken by these intents, and by the database as `plant` leaves it.
    private func broken(
        after plant: String = "SELECT 1",
        by intents: (_ order: String) -> [StripeAccount.Intent]
    ) async throws -> (always: Set<String>, atRest: Set<String>) {
        let ledger = try await ChaosLedger()
        defer { ledger.close() }
        try await ledger.plant(Self.paidByStripe + ";" + plant)
        let pool = ledger.database.pool
        let given = intents(ledger.order.description)
        let always = try await StripeAudit.breaches(of: given, on: pool)
        let checks = try await ledger.breaches(of: ChaosCheck.always(.stripe) + ChaosCheck.atRest)
        let atRest = try await StripeAudit.breaches(ofAll: given, on: pool)
        return (Set((always + checks).map(\.rule)), Set(atRest.map(\.rule)))
    }

    @Test func `an order that was paid at Stripe once breaks no promise`() async throws {
        let (always, atRest) = try await broken {
            [intent($0)]
        }
        #expect(always.isEmpty && atRest.isEmpty, "\(always) \(atRest)")
    }

    @Test func `a charge that nobody wrote down is found`() async throws {
        let (always, atRest) = try await broken {
            [intent($0), intent($0, id: "pi_2", key: "unheard", taken: 0)]
        }
        #expect(always == [Self.written] && atRest.isEmpty, "\(always) \(atRest)")
    }

    @Test func `a charge of another amount is found`() async throws {
        let (always, atRest) = try await broken { [intent($0, amount: 900, taken: 900)] }
        #expect(always == [Self.written, Self.recorded] && atRest == [Self.settled])
    }

    @Test func `a customer who is charged twice is found`() async throws {
        let (always, atRest) = try await broken { [intent($0), intent($0, id: "pi_2")] }
        #expect(always == ["nobody is charged twice at a time"])
        #expect(atRest == [Self.settled])
    }

    @Test func `money that is given back and kept as well is found`() async throws {
        let (always, atRest) = try await broken { [intent($0, givenBack: 500)] }
        #expect(always == [Self.recorded] && atRest == [Self.settled])
    }

    @Test func `money that is given back twice is found`() async throws {
        let (always, _) = try await broken { [intent($0, givenBack: 1000)] }
        #expect(always == [Self.recorded, "no more is given back than was taken"])
    }

    @Test func `an order that is fulfilled for nothing is found`() async throws {
        let (_, atRest) = try await broken { _ in [] }
        #expect(atRest == [Self.settled, Self.named])
    }

    @Test func `money of an order that ended without is found`() async throws {
        let (_, atRest) = try await broken(after: "UPDATE orders SET status = 'cancelled'") {
            [intent($0)]
        }
        #expect(atRest == [Self.settled])
    }

    @Test func `money of an order that is not there is found`() async throws {
        let (_, atRest) = try await broken { [intent($0), intent("none", id: "pi_2")] }
        #expect(atRest == [Self.settled])
    }

    @Test(arguments: ["reference = NULL", "reference = 'pi_2'"])
    func `a payment that names another intent is found`(wrong: String) async throws {
        let (always, atRest) = try await broken(after: "UPDATE payments SET " + wrong) {
            [intent($0)]
        }
        #expect(always == ["a charge names the intent that Stripe was asked for under its key"])
        #expect(atRest == [Self.named])
    }
}
