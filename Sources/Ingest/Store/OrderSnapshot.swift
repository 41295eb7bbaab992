// SPDX-License-Identifier: MIT
import Orders

/// An order as it stands.
struct OrderSnapshot: Sendable, Equatable {
    let id: OrderID
    let tenant: TenantID
    let customer: CustomerID
    let status: OrderStatus
    let total: Money
    let items: [OrderItem]
    let trace: TraceID
    let createdAt: MeshInstant
}

/// One thing that happened to an order.
struct StoredEvent: Sendable, Equatable {
    let order: OrderID
    /// From 1, rising with time within the order.
    let number: Int64
    let at: MeshInstant
    let stage: String
    let status: String
    let detail: String
    let attempt: UInt32

    /// Whether nothing follows it, unless a person acts.
    var isFinal: Bool { OrderStatus(rawValue: status)?.isFinal ?? false }
}
