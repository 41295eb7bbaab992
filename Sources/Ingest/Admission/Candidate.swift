// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import Saga

/// An order that may become one: valid, let through by the limiter, not yet stored.
struct Candidate: Sendable {
    let order: PlacedOrder
    /// What the key stands for if this request is its first.
    let claim: KeyClaim

    init(_ order: PlacedOrder, claim: KeyClaim) {
        self.order = order
        self.claim = claim
    }

    var id: OrderID { claim.order }

    /// The message that starts the order on its way.
    var message: MessageID { OutputID.start(of: id) }

    var scopedKey: ScopedKey { ScopedKey(tenant: order.tenant, key: order.idempotencyKey) }
}

/// Keys of different tenants never meet.
struct ScopedKey: Hashable, Sendable {
    let tenant: TenantID
    let key: IdempotencyKey
}
