// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import Orders

/// Sends orders as the seed's clients do: JSON over HTTP, and again with the same key when the answer
/// is lost or the mesh says that it is busy.
struct HTTPOrderRoute: Sendable {
    private static let attemptsMax = 60

    let port: Int
    let caller = HTTPCaller()

    private struct Body: Encodable {
        struct Item: Encodable {
            let productID: String
            let quantity: Int
            let price: Decimal
        }
        var action = "place_order"
        let tenantID: String
        let customerID: String
        let idempotencyKey: String
        let items: [Item]
    }

    private struct Reply: Decodable {
        let orderID: String?
        let code: String?

        private enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case code
        }
    }

    func send(_ order: DemoOrder) async throws -> DemoAnswer {
        let request = try request(for: order)
        for attempt in 1...Self.attemptsMax {
            if let answer = try await ask(request) { return answer }
            try await Task.sleep(for: .milliseconds(min(50 * attempt, 1000)))
        }
        throw CommandError("no answer from ingestd in \(Self.attemptsMax) attempts")
    }

    /// Nil when the request is to be sent again; the same key makes that safe.
    private func ask(_ request: HTTPRequest) async throws -> DemoAnswer? {
        do {
            return try answer(try await caller.perform(request))
        } catch is HTTPCallError {
            return nil
        }
    }

    private func request(for order: DemoOrder) throws -> HTTPRequest {
        let items = order.items.map { item in
            Body.Item(
                productID: item.product,
                quantity: order.purpose == .malformed ? -item.quantity : item.quantity,
                price: Decimal(item.unitPriceMinor) / 100)
        }
        let body = Body(
            tenantID: order.tenant, customerID: order.customer, idempotencyKey: order.key,
            items: items)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return HTTPRequest(
            method: "POST", url: "http://127.0.0.1:\(port)/orders",
            headers: [("Content-Type", "application/json")],
            body: Array(try encoder.encode(body)))
    }

    private func answer(_ response: HTTPResponse) throws -> DemoAnswer? {
        if response.status == 409 || response.status >= 500 { return nil }
        let reply = try JSONDecoder().decode(Reply.self, from: Data(response.body))
        switch response.status {
        case 200, 202:
            guard let id = reply.orderID.flatMap(UniqueID.init) else {
                throw CommandError("an answer without an order: \(response.status)")
            }
            return .accepted(id, isReplayed: response.status == 200)
        default: return .refused(code: reply.code ?? String(response.status))
        }
    }
}
