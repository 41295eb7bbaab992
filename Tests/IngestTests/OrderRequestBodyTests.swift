// SPDX-License-Identifier: MIT
import Orders
import Testing
import Wire

@testable import Ingest

@Suite struct OrderRequestBodyTests {
    private func order(items: String, rest: String = "") throws -> PlacedOrder {
        let json = #"{"customer_id": "cust-123", "items": \#(items)\#(rest)}"#
        let body = try OrderRequestBody.decode(Array(json.utf8))
        return try body.order(tenant: TenantID("default"), key: IdempotencyKey("idem-123"))
    }

    private func refusal(_ items: String, rest: String = "") -> Refusal? {
        #expect(throws: Refusal.self) { try order(items: items, rest: rest) }
    }

    private func item(quantity: String = "1", price: String = "10.0") -> String {
        #"{"product_id": "PROD-001", "quantity": \#(quantity), "price": \#(price)}"#
    }

    @Test(
        arguments: [
            ("10.0", 1000), ("10", 1000), ("19.99", 1999), ("0.1", 10), ("0", 0), ("1e1", 1000),
            ("9999999999999.99", 999_999_999_999_999),
        ] as [(String, Int64)])
    func `a price is read as its digits say`(price: String, minorUnits: Int64) throws {
        let order = try order(items: "[\(item(price: price))]")
        #expect(order.total == Money(minorUnits: minorUnits))
    }

    @Test(arguments: [
        ("10.005", "price_malformed"), ("-1", "price_negative"),
        ("99999999999999999999", "price_too_large"),
    ])
    func `a price that is no amount is refused, never rounded`(price: String, code: String) {
        let refusal = refusal("[\(item(price: price))]")
        #expect(refusal?.code == .invalidOrder)
        #expect(refusal?.fields.first?.code == code)
    }

    @Test(arguments: ["0", "-1", "1000001", "99999999999", "1.5"])
    func `a quantity out of range is refused and named`(quantity: String) {
        let field = refusal("[\(item(quantity: quantity))]")?.fields.first
        #expect(field?.pointer == "/items/0/quantity")
        #expect(field?.code == "quantity_out_of_range")
    }

    @Test func `ten thousand items are refused by their count`() {
        let items = "[" + Array(repeating: item(), count: 10_000).joined(separator: ",") + "]"
        #expect(refusal(items)?.fields.first?.code == "items_too_many")
    }

    @Test func `a total beyond the limit is refused`() {
        let items = "[\(item(quantity: "1000000", price: "9999999999999"))]"
        #expect(refusal(items)?.fields.first?.code == "total_too_large")
    }

    @Test(arguments: [#"{"items": "#, "[]", "null", "\"x\"", "{]"])
    func `what is not a JSON object is refused`(json: String) {
        #expect(throws: Refusal.self) { try OrderRequestBody.decode(Array(json.utf8)) }
    }

    @Test(arguments: [
        (#"{"product_id": "P", "quantity": "two", "price": 1}"#, "/items/0/quantity", "a number"),
        (#"{"product_id": "P", "quantity": 2, "price": "1.00"}"#, "/items/0/price", "a number"),
        (#"{"product_id": 7, "quantity": 2, "price": 1}"#, "/items/0/product_id", "a text"),
        ("7", "/items/0", "an object"),
    ])
    func `a field of the wrong type is named, and the right type too`(
        item: String, pointer: String, type: String
    ) {
        let refusal = refusal("[\(item)]")
        #expect(refusal?.fields.first?.pointer == pointer)
        #expect(refusal?.fields.first?.code == "wrong_type")
        #expect(refusal?.detail == "\(pointer) must be \(type).")
    }

    @Test func `a number beyond all digits is named, and the JSON not blamed`() {
        let field = refusal("[\(item(price: "1e400"))]")?.fields.first
        #expect(field?.pointer == "/items/0/price")
        #expect(field?.code == "out_of_range")
    }

    @Test func `a body that is a list is told that it must be an object`() {
        let refusal = #expect(throws: Refusal.self) { try OrderRequestBody.decode("[]".utf8) }
        #expect(refusal?.detail == "The body must be an object.")
    }

    @Test func `a missing field is named`() {
        let field = refusal(#"[{"product_id": "P", "price": 1}]"#)?.fields.first
        #expect(field?.pointer == "/items/0/quantity")
        #expect(field?.code == "missing")
    }
}
