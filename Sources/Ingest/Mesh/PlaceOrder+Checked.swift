// SPDX-License-Identifier: MIT
import Orders
import SecureTransport
import Wire

extension PlaceOrder {
    /// The order that the message asks for, in the name of whom the peer may speak for.
    func checked(from peer: PeerIdentity) throws(Refusal) -> PlacedOrder {
        let tenant = try TenantScope.tenant(tenant, for: peer)
        let customer = try Refusal.at("/customer") { () throws(OrderError) in
            try CustomerID(self.customer)
        }
        let key = try Refusal.at("/idempotency_key") { () throws(OrderError) in
            try IdempotencyKey(idempotencyKey)
        }
        let currency = try Refusal.at("/currency") { () throws(OrderError) in
            self.currency.isEmpty ? .usd : try Currency(self.currency)
        }
        // Counted before any is looked at.
        guard items.count <= PlacedOrder.itemCountMax else {
            throw Refusal(.itemsTooMany, at: "/items")
        }
        var checked: [OrderItem] = []
        for (index, item) in items.enumerated() {
            checked.append(
                try Refusal.at("/items/\(index)") { () throws(OrderError) in
                    try OrderItem(
                        product: ProductID(item.product), quantity: item.quantity,
                        unitPrice: item.unitPriceMinor)
                })
        }
        return try Refusal.at("/items") { () throws(OrderError) in
            try PlacedOrder(
                tenant: tenant, customer: customer, items: checked, currency: currency,
                idempotencyKey: key)
        }
    }
}
