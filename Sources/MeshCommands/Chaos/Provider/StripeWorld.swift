// SPDX-License-Identifier: MIT
import PostgresStore

/// What must be at Stripe before the first order: an account with a card for each customer.
struct StripeWorld: Sendable {
    let account: StripeAccount

    /// Cards whose behaviour Stripe documents: one that pays, one that is declined when it is charged.
    private static let goodCard = "4242424242424242"
    private static let emptyCard = "4000000000000341"
    private static let atOnce = 8

    private static let register = PostgresStatement(
        "chaos.stripe-customers",
        "INSERT INTO stripe_customers (tenant, customer, stripe_customer, payment_method) "
            + "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])")

    private struct Customer: Sendable {
        let tenant: String
        let name: String
        var id = ""
        var method = ""
    }

    /// Makes every customer of the plan's at Stripe, and tells the mesh of them.
    func make(tenants: [String], on pool: PostgresPool) async throws {
        let wanted = tenants.flatMap { tenant in
            (DemoPlan.customers + [DemoPlan.brokeCustomer]).map {
                Customer(tenant: tenant, name: $0)
            }
        }
        let made = try await withThrowingTaskGroup(of: Customer.self) { group in
            var made: [Customer] = []
            for (index, customer) in wanted.enumerated() {
                if index >= Self.atOnce, let done = try await group.next() { made.append(done) }
                group.addTask { try await open(customer) }
            }
            for try await done in group { made.append(done) }
            return made
        }
        _ = try await pool.query(
            Self.register,
            [
                .texts(made.map(\.tenant)), .texts(made.map(\.name)), .texts(made.map(\.id)),
                .texts(made.map(\.method)),
            ])
    }

    private func open(_ customer: Customer) async throws -> Customer {
        var customer = customer
        let card = customer.name == DemoPlan.brokeCustomer ? Self.emptyCard : Self.goodCard
        (customer.id, customer.method) = try await account.makeCustomer(
            customer.tenant + "/" + customer.name, card: card)
        return customer
    }
}
