// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import Wire

/// What becomes of a request to place an order.
enum PlaceAnswer: Sendable {
    /// The order is on disk.
    case accepted(Placement)
    /// The key was known: the first answer again.
    case replayed(Placement)
    case refused(Refusal)
}

/// An order that was accepted.
struct Placement: Sendable, Equatable {
    let order: OrderID
    let status: OrderStatus
    let trace: TraceID
    /// Until when the idempotency key is remembered.
    let keyExpires: MeshInstant
    /// What the tenant's bucket holds since; nil where it was not asked.
    var quota: Quota?
}

extension PlaceAnswer {
    /// One word for logs.
    var name: String {
        switch self {
        case .accepted: "accepted"
        case .replayed: "replayed"
        case .refused(let refusal): refusal.code.name
        }
    }
}

extension Placement {
    /// What the first request under a key was answered, and every repeat is.
    init(_ claim: KeyClaim) {
        self.init(
            order: claim.order, status: .accepted, trace: claim.trace, keyExpires: claim.expiresAt)
    }
}
