// SPDX-License-Identifier: MIT
import Orders
package import PostgresStore
import Saga

/// Charges customers in our own books: double entry, up to each customer's credit limit.
package struct LedgerProvider: BookkeepingProvider {
    private let pool: PostgresPool

    package var name: String { "ledger" }

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func charge(_ charges: [Charge]) async -> [ChargeAnswer] {
        guard !charges.isEmpty else { return [] }
        do throws(PostgresError) {
            return try await pool.transaction { session throws(PostgresError) in
                try LedgerBook.charge(charges, in: session)
            }
        } catch  where !error.isInfrastructure && charges.count > 1 {
            // One of them is poisoned; the batch was rolled back.
            var answers: [ChargeAnswer] = []
            for charge in charges { answers += await self.charge([charge]) }
            return answers
        } catch {
            return charges.map { _ in
                error.mayHaveBeenApplied
                    ? .unknown(reason: "\(error)") : .unavailable(reason: "\(error)")
            }
        }
    }

    package func charge(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [ChargeAnswer] {
        charges.isEmpty ? [] : try LedgerBook.charge(charges, in: session)
    }

    package func reverse(_ charges: [Charge]) async -> [ReversalAnswer] {
        guard !charges.isEmpty else { return [] }
        do throws(PostgresError) {
            return try await pool.transaction { session throws(PostgresError) in
                try LedgerBook.reverse(charges, in: session)
            }
        } catch {
            return charges.map { _ in .unknown(reason: "\(error)") }
        }
    }

    package func standing(of charges: [Charge]) async -> [ChargeStanding] {
        guard !charges.isEmpty else { return [] }
        do throws(PostgresError) {
            return try await pool.transaction { session throws(PostgresError) in
                let transfers = try LedgerBook.transfers(charges, in: session)
                return charges.map { charge in
                    guard let transfer = transfers[charge.key.text] else { return .neverSeen }
                    return transfer.isReversed
                        ? .reversed : .charged(reference: charge.key.text)
                }
            }
        } catch {
            return charges.map { _ in .unknown(reason: "\(error)") }
        }
    }
}
