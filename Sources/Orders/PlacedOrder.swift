// SPDX-License-Identifier: MIT

/// An order as its customer placed it. Valid since made: no other code checks it again.
package struct PlacedOrder: Hashable, Sendable {
    package let tenant: TenantID
    package let customer: CustomerID
    /// 1 to `itemCountMax`, in the customer's order; the same product may come twice.
    package let items: [OrderItem]
    package let idempotencyKey: IdempotencyKey
    /// The sum over all items, in the order's currency.
    package let total: Money

    package static let itemCountMax = 100

    package var currency: Currency { total.currency }

    /// - Throws: `itemsMissing`, `itemsTooMany`, or `totalTooLarge` when a line or the sum passes
    ///   `Money.minorUnitsMax`.
    package init(
        tenant: TenantID,
        customer: CustomerID,
        items: [OrderItem],
        currency: Currency = .usd,
        idempotencyKey: IdempotencyKey
    ) throws(OrderError) {
        guard !items.isEmpty else { throw .itemsMissing }
        guard items.count <= Self.itemCountMax else { throw .itemsTooMany }
        var total: Int64 = 0
        for item in items {
            // Both are at most `minorUnitsMax`, far from overflow.
            total += try item.lineTotal()
            guard total <= Money.minorUnitsMax else { throw .totalTooLarge }
        }
        self.tenant = tenant
        self.customer = customer
        self.items = items
        self.idempotencyKey = idempotencyKey
        self.total = Money(minorUnits: total, currency: currency)
    }
}
