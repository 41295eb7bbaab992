// SPDX-License-Identifier: MIT
import Daemon
import Orders
import Wire

/// The answer to an order that was accepted, now or before.
struct PlacementDocument: Encodable, Sendable {
    let orderID: String
    let tenantID: String
    let status: String
    let correlationID: String
    let idempotencyKey: String
    let keyExpiresAt: String
    let total: String
    let currency: String

    init(_ placement: Placement, _ order: PlacedOrder) {
        orderID = placement.order.description
        tenantID = order.tenant.text
        status = placement.status.rawValue
        correlationID = placement.trace.description
        idempotencyKey = order.idempotencyKey.text
        keyExpiresAt = placement.keyExpires.milliseconds.rfc3339
        total = order.total.decimal
        currency = order.currency.code
    }
}

/// The answer to `check_rate_limit`.
struct QuotaDocument: Encodable, Sendable {
    let tenantID: String
    let limit: UInt32
    let remaining: UInt32
    let resetMilliseconds: Int64
    let allowed: Bool

    private enum CodingKeys: String, CodingKey {
        case tenantID, limit, remaining, allowed
        case resetMilliseconds = "reset_ms"
    }

    init(_ tenant: TenantID, _ quota: Quota) {
        tenantID = tenant.text
        limit = quota.limit
        remaining = quota.remaining
        let (seconds, attoseconds) = quota.reset.components
        resetMilliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        allowed = quota.remaining > 0
    }
}

/// An order with its story.
struct OrderDocument: Encodable, Sendable {
    struct Item: Encodable, Sendable {
        let productID: String
        let quantity: UInt32
        let price: String
    }

    let orderID: String
    let tenantID: String
    let customerID: String
    let status: String
    let total: String
    let currency: String
    let createdAt: String
    let correlationID: String
    let items: [Item]
    let events: [EventDocument]

    init(_ order: OrderRecord) {
        orderID = order.order.description
        tenantID = order.tenant
        customerID = order.customer
        status = order.status
        total = Money(minorUnits: order.totalMinor).decimal
        currency = order.currency
        createdAt = order.createdMilliseconds.rfc3339
        correlationID = order.trace.description
        items = order.items.map { item in
            Item(
                productID: item.product, quantity: item.quantity,
                price: Money(minorUnits: item.unitPriceMinor).decimal)
        }
        events = order.events.map(EventDocument.init)
    }
}

/// One step of an order's story.
struct EventDocument: Encodable, Sendable {
    let number: UInt64
    let at: String
    let stage: String
    let status: String
    let detail: String
    let attempt: UInt32

    init(_ event: Event) {
        number = event.number
        at = event.atMilliseconds.rfc3339
        stage = event.stage
        status = event.status
        detail = event.detail
        attempt = event.attempt
    }
}

extension UInt64 {
    /// Unix milliseconds as RFC 3339 text in UTC.
    fileprivate var rfc3339: String {
        TimestampText(MeshInstant(milliseconds: self)).description
    }
}
