// SPDX-License-Identifier: MIT
import Daemon
import FoundationEssentials
import Orders

/// What a customer gets in the end. Follows from the order and its payment alone, so that writing it
/// again after a crash writes the same bytes.
struct Receipt: Encodable, Equatable, Sendable {
    struct Item: Codable, Equatable, Sendable {
        let product: String
        let quantity: Int64
        let unitPriceMinor: Int64

        enum CodingKeys: String, CodingKey {
            case product, quantity
            case unitPriceMinor = "unit_price_minor"
        }
    }

    let order: String
    let tenant: String
    let customer: String
    let orderedAtMilliseconds: UInt64
    /// The same in RFC 3339, in UTC.
    let orderedAt: String
    let items: [Item]
    let total: String
    let currency: String
    /// The key under which the provider knows the charge.
    let payment: String
    let provider: String
    /// What the provider calls the charge.
    let reference: String
    let correlation: String

    enum CodingKeys: String, CodingKey {
        case order = "order_id"
        case tenant = "tenant_id"
        case customer = "customer_id"
        case orderedAtMilliseconds = "ordered_at_ms"
        case orderedAt = "ordered_at"
        case items, total, currency, payment, provider
        case reference = "payment_reference"
        case correlation = "correlation_id"
    }

    /// Where the receipt lies for programs, relative to the directory or bucket: by day, so that no directory
    /// holds all of them.
    static func path(of order: OrderID) -> String { "\(stem(of: order)).json" }

    /// The same of its printable form.
    static func pagePath(of order: OrderID) -> String { "\(stem(of: order)).html" }

    /// What both have in common.
    static func stem(of order: OrderID) -> String {
        "\(order.createdAt.milliseconds / 86_400_000)/\(order)"
    }

    /// Readable JSON with sorted keys.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
