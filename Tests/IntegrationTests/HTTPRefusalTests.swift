// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import TestSupport
import Testing

/// What a customer's program may get wrong, against the built programs: a typed refusal each, and the
/// next good order is taken as if nothing had been.
@Suite struct HTTPRefusalTests {
    struct Case: Sendable {
        let name: String
        let body: String
        let status: Int
        let code: String
        /// The field that is named; nil: none.
        var pointer: String?
    }

    private static func order(_ items: String) -> String {
        #"{"action": "place_order", "customer_id": "cust-1", "items": [\#(items)]}"#
    }

    private static func item(quantity: String = "1", price: String = "10.0") -> String {
        #"{"product_id": "PROD-001", "quantity": \#(quantity), "price": \#(price)}"#
    }

    static let cases = [
        Case(name: "malformed JSON", body: "{\"items\": [", status: 400, code: "bad_message"),
        Case(
            name: "a negative quantity", body: order(item(quantity: "-1")), status: 400,
            code: "invalid_order", pointer: "/items/0/quantity"),
        Case(
            name: "an overflowing price", body: order(item(price: "99999999999999999999")),
            status: 400, code: "invalid_order", pointer: "/items/0/price"),
        Case(
            name: "an overflowing total",
            body: order(item(quantity: "1000000", price: "9999999999999")), status: 400,
            code: "invalid_order", pointer: "/items"),
        Case(
            name: "ten thousand items",
            body: order(Array(repeating: item(), count: 10_000).joined(separator: ",")),
            status: 400, code: "invalid_order", pointer: "/items"),
        Case(
            name: "an unknown action", body: #"{"action": "steal"}"#, status: 400,
            code: "invalid_order", pointer: "/action"),
        Case(
            name: "a body without end", body: String(repeating: " ", count: 2 << 20),
            status: 413, code: "message_too_large"),
    ]

    private struct Problem: Decodable {
        struct Field: Decodable { let pointer: String }
        let code: String
        let effect: String
        let correlationID: String
        let errors: [Field]?

        private enum CodingKeys: String, CodingKey {
            case code, effect, errors
            case correlationID = "correlation_id"
        }
    }

    @Test func `bad orders are refused by name and harm nothing`() async throws {
        let mesh = try await MeshProcess.start()
        let caller = HTTPCaller()
        let port = try mesh.httpPort
        for bad in Self.cases {
            let response = try await caller.perform(post(bad.body, to: port))
            #expect(response.status == bad.status, "\(bad.name)")
            #expect(response.header("Content-Type") == "application/problem+json", "\(bad.name)")
            let problem = try JSONDecoder().decode(Problem.self, from: Data(response.body))
            #expect(problem.code == bad.code, "\(bad.name)")
            #expect(problem.effect == "not_applied", "\(bad.name)")
            #expect(problem.errors?.first?.pointer == bad.pointer, "\(bad.name)")
            #expect(response.header("X-Correlation-ID") == problem.correlationID)
            let good = try await caller.perform(post(Self.order(Self.item()), to: port))
            #expect(good.status == 202, "after \(bad.name)")
        }
        #expect(try await mesh.stop() == 0)
    }

    private func post(_ body: String, to port: Int) -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: "http://127.0.0.1:\(port)/orders",
            headers: [("Content-Type", "application/json")], body: Array(body.utf8))
    }
}
