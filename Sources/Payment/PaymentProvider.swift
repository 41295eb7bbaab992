// SPDX-License-Identifier: MIT
package import Orders
package import PostgresStore
package import Saga

/// Whoever moves the money: the ledger in our own database, or a company over HTTP.
///
/// Every request has a key, and a key acts once: asked again, the provider answers as before. All
/// calls take a batch and give one answer each, in order. They do not throw: whether money moved is
/// part of every answer.
package protocol PaymentProvider: Sendable {
    /// Kept with each payment: `ledger`, `stripe`.
    var name: String { get }

    func charge(_ charges: [Charge]) async -> [ChargeAnswer]

    /// Gives back what `charge` took under each charge's key.
    func reverse(_ charges: [Charge]) async -> [ReversalAnswer]

    /// What became of earlier charges, by their keys; moves nothing.
    func standing(of charges: [Charge]) async -> [ChargeStanding]
}

/// A provider whose books lie in the mesh's own database. What it takes is taken in the transaction that
/// records it, so that no answer of it can be lost on the way, and no payment of it stays in doubt.
package protocol BookkeepingProvider: PaymentProvider {
    /// As `charge`, and undone with the transaction of `session`.
    ///
    /// - Returns: `charged` or `declined` for each.
    func charge(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [ChargeAnswer]
}

/// One attempt to take an order's total from its customer.
package struct Charge: Sendable, Equatable {
    package let order: OrderID
    package let attempt: UInt32
    package let tenant: String
    package let customer: String
    package let amount: Money

    package init(
        order: OrderID, attempt: UInt32, tenant: String, customer: String, amount: Money
    ) {
        self.order = order
        self.attempt = attempt
        self.tenant = tenant
        self.customer = customer
        self.amount = amount
    }

    package var key: ProviderKey { ProviderKey(order, attempt: attempt, .charge) }
    package var reversalKey: ProviderKey { ProviderKey(order, attempt: attempt, .reverse) }
}

package enum ChargeAnswer: Sendable, Equatable {
    /// Taken; `reference` is the provider's own name for it.
    case charged(reference: String)
    /// Not taken, and that is final.
    case declined(reason: String)
    /// Surely not taken: the provider could not be asked.
    case unavailable(reason: String)
    /// Taken or not: only `standing` can tell.
    case unknown(reason: String)
}

package enum ReversalAnswer: Sendable, Equatable {
    /// Given back, now or earlier.
    case reversed
    /// There was nothing under that key.
    case neverCharged
    /// Given back or not: to be asked again under the same key.
    case unknown(reason: String)
}

package enum ChargeStanding: Sendable, Equatable {
    case charged(reference: String)
    case declined(reason: String)
    case reversed
    /// Nothing was ever asked under that key.
    case neverSeen
    /// The provider cannot tell just now.
    case unknown(reason: String)
}
