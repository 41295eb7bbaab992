// SPDX-License-Identifier: MIT

import Daemon
import FoundationEssentials
import Orders

/// What a tenant is told about one order, and the id by which repeats are known.
struct WebhookMessage: Sendable {
    /// Stays the same whenever this message is sent: the receiver's key against doing things twice.
    let id: String
    let body: [UInt8]
    /// The trace id of the order.
    let correlation: String

    /// What the body of the call holds.
    struct Fields: Sendable {
        let order: OrderID
        let tenant: String
        let customer: String
        let status: OrderStatus
        let detail: String
        /// When the order came into this status.
        let changedAt: MeshInstant
    }

    init(id: MessageID, trace: TraceID, fields: Fields) throws {
        self.id = "msg_\(id)"
        correlation = "\(trace)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        body = Array(try encoder.encode(Body(fields, correlation: correlation)))
    }

    private struct Body: Encodable {
        let type: String
        let timestamp: String
        let data: Order

        struct Order: Encodable {
            enum CodingKeys: String, CodingKey {
                case orderID = "order_id"
                case tenantID = "tenant_id"
                case customerID = "customer_id"
                case status
                case detail
                case correlationID = "correlation_id"
            }

            let orderID: String
            let tenantID: String
            let customerID: String
            let status: String
            let detail: String
            let correlationID: String
        }

        init(_ fields: Fields, correlation: String) {
            type = "order.\(fields.status.rawValue)"
            timestamp = TimestampText(fields.changedAt).description
            data = Order(
                orderID: "\(fields.order)", tenantID: fields.tenant,
                customerID: fields.customer, status: fields.status.rawValue,
                detail: fields.detail, correlationID: correlation)
        }
    }
}
