// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Orders
import Wire

/// A mix of orders as the seed's clients send them: JSON over HTTP.
struct HTTPMix: HTTPOrders {
    let mix: OrderMix

    private struct Reply: Decodable {
        let orderID: String

        private enum CodingKeys: String, CodingKey { case orderID = "order_id" }
    }

    func next() -> String? {
        guard !mix.isExhausted else { return nil }
        let order = mix.next()
        let items = order.items.map { item in
            let cents = item.unitPriceMinor % 100
            return """
                {"product_id":"\(item.product)","quantity":\(item.quantity),\
                "price":\(item.unitPriceMinor / 100).\(cents < 10 ? "0" : "")\(cents)}
                """
        }
        return """
            {"action":"place_order","tenant_id":"\(order.tenant)","customer_id":"\(order.customer)",\
            "idempotency_key":"\(order.idempotencyKey)","items":[\(items.joined(separator: ","))]}
            """
    }

    func answered(status: String, body: ByteBufferView, begun: NIODeadline) {
        guard status == "202" else {
            return mix.refused("\(status): " + String(decoding: body, as: UTF8.self))
        }
        do {
            let reply = try JSONDecoder().decode(Reply.self, from: Data(body))
            guard let order = UniqueID(reply.orderID) else {
                return mix.refused("not the id of an order: \(reply.orderID)")
            }
            mix.placed(order, begun: begun)
        } catch {
            mix.refused("an answer that is none: \(error)")
        }
    }
}
