// SPDX-License-Identifier: MIT

/// What a driver is told to have its client do: one line of JSON on its standard input.
struct GoldenInstruction: Codable, Sendable {
    var `case` = ""
    let `do`: Action
    /// Whom the client is to expect at the other end.
    var service = "ingestd"
    var host = ""
    var port = 0
    /// PEM files: the mesh's root, the client's certificate, its private key.
    var ca = ""
    var cert = ""
    var key = ""
    /// For the whole action, with all tries.
    var deadlineMilliseconds = 10_000

    var orders: [Order]?
    /// Whether all orders are placed at the same time; else each after the answer to the one before.
    var atOnce: Bool?
    var order: String?
    var queue: String?
    var id: String?
    var body: String?
    var credit: UInt32?
    var count: Int?
    var tenant: String?
    var cost: UInt32?

    enum Action: String, Codable, Sendable {
        case placeOrders = "place_orders"
        case getOrder = "get_order"
        case watchOrder = "watch_order"
        case publish
        case consume
        case take
    }

    struct Order: Codable, Sendable {
        let customer: String
        let currency: String
        let idempotencyKey: String
        let items: [Line]

        enum CodingKeys: String, CodingKey {
            case customer, currency, items
            case idempotencyKey = "idempotency_key"
        }
    }

    struct Line: Codable, Sendable {
        let product: String
        let quantity: UInt32
        let unitPriceMinor: Int64

        enum CodingKeys: String, CodingKey {
            case product, quantity
            case unitPriceMinor = "unit_price_minor"
        }
    }

    enum CodingKeys: String, CodingKey {
        case `case`, `do`, service, host, port, ca, cert, key
        case deadlineMilliseconds = "deadline_ms"
        case orders
        case atOnce = "at_once"
        case order, queue, id, body, credit, count, tenant, cost
    }
}
