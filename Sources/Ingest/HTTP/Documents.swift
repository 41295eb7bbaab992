// SPDX-License-Identifier: MIT
import Daemon
import Orders
import Wire

/// The answer to an order that was accepted, now or before.
struct PlacementDocument: Encodable, Sendable {
    let order_id: String
    let status: String
    let correlation_id: String
    let idempotency_key: String
    let key_expires_at: String
    let total: String
    let currency: String

    init(_ placement: Placement, _ order: PlacedOrder) {
        order_id = placement.order.description
        status = placement.status.rawValue
        correlation_id = placement.trace.description
        idempotency_key = order.idempotencyKey.text
        key_expires_at = placement.keyExpires.milliseconds.rfc3339
        total = order.total.decimal
        currency = order.currency.code
    }
}

/// The answer to `check_rate_limit`.
struct QuotaDocument: Encodable, Sendable {
    let tenant_id: String
    let limit: UInt32
    let remaining: UInt32
    let reset_ms: Int64
    let allowed: Bool

    init(_ tenant: TenantID, _ quota: Quota) {
        tenant_id = tenant.text
        limit = quota.limit
        remaining = quota.remaining
        let (seconds, attoseconds) = quota.reset.components
        reset_ms = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        allowed = quota.remaining > 0
    }
}

/// An order with its story.
struct OrderDocument: Encodable, Sendable {
    struct Item: Encodable, Sendable {
        let product_id: String
        let quantity: UInt32
        let price: String
    }

    let order_id: String
    let tenant_id: String
    let customer_id: String
    let status: String
    let total: String
    let currency: String
    let created_at: String
    let correlation_id: String
    let items: [Item]
    let events: [EventDocument]

    init(_ order: OrderRecord) {
        order_id = order.order.description
        tenant_id = order.tenant
        customer_id = order.customer
        status = order.status
        total = Money(minorUnits: order.totalMinor).decimal
        currency = order.currency
        created_at = order.createdMilliseconds.rfc3339
        correlation_id = order.trace.description
        items = order.items.map { item in
            Item(
                product_id: item.product, quantity: item.quantity,
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
