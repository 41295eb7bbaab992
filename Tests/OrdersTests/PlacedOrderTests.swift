// SPDX-License-Identifier: MIT
import Orders
import Testing

@Suite struct PlacedOrderTests {
    private func item(_ product: String, _ quantity: UInt32, _ price: Int64) throws -> OrderItem {
        try OrderItem(product: ProductID(product), quantity: quantity, unitPrice: price)
    }

    private func order(
        _ items: [OrderItem], tenant: String = "acme", customer: String = "c-1", key: String = "k"
    ) throws -> PlacedOrder {
        try PlacedOrder(
            tenant: TenantID(tenant), customer: CustomerID(customer), items: items,
            idempotencyKey: IdempotencyKey(key))
    }

    @Test func `the total is the sum of quantity times price`() throws {
        let placed = try order([item("A", 2, 1000), item("B", 3, 5)])
        #expect(placed.total == Money(minorUnits: 2015))
    }

    @Test(arguments: [0, 1_000_001, UInt32.max])
    func `a quantity out of range is refused`(quantity: UInt32) {
        #expect(throws: OrderError.quantityOutOfRange) { try item("A", quantity, 1) }
    }

    @Test func `a price below zero or above the maximum is refused`() {
        #expect(throws: OrderError.priceNegative) { try item("A", 1, -1) }
        #expect(throws: OrderError.priceTooLarge) { try item("A", 1, .max) }
    }

    @Test func `a line and a sum above the maximum are refused without overflow`() throws {
        let line = try item("A", 1_000_000, Money.minorUnitsMax)
        #expect(throws: OrderError.totalTooLarge) { try order([line]) }
        let half = try item("A", 1, Money.minorUnitsMax / 2 + 1)
        #expect(throws: OrderError.totalTooLarge) { try order([half, half]) }
    }

    @Test func `no items and more than a hundred are refused`() throws {
        #expect(throws: OrderError.itemsMissing) { try order([]) }
        let one = try item("A", 1, 1)
        #expect(try order(Array(repeating: one, count: 100)).items.count == 100)
        #expect(throws: OrderError.itemsTooMany) { try order(Array(repeating: one, count: 101)) }
    }

    @Test(arguments: ["", "Acme", "a b", "a/b", "é", String(repeating: "a", count: 65)])
    func `a tenant outside its alphabet or length is refused`(text: String) {
        #expect(throws: OrderError.tenantInvalid) { try TenantID(text) }
    }

    @Test func `ids are refused when empty, too long or not printable`() {
        #expect(throws: OrderError.customerInvalid) { try CustomerID("") }
        #expect(throws: OrderError.customerInvalid) { try CustomerID("a\u{0}b") }
        #expect(throws: OrderError.productInvalid) {
            try ProductID(String(repeating: "P", count: 65))
        }
        #expect(throws: OrderError.keyInvalid) {
            try IdempotencyKey(String(repeating: "k", count: 256))
        }
        #expect(throws: OrderError.currencyInvalid) { try Currency("usd") }
    }

    @Test func `canonical bytes tell different orders apart and ignore the key`() throws {
        let plain = try order([item("A", 2, 1000), item("B", 1, 5)])
        let sameUnderOtherKey = try order([item("A", 2, 1000), item("B", 1, 5)], key: "other")
        let different = [
            try order([item("B", 1, 5), item("A", 2, 1000)]),
            try order([item("A", 2, 1000), item("B", 1, 6)]),
            try order([item("A", 2, 1000), item("B", 1, 5)], customer: "c-2"),
            try order([item("A", 2, 1000), item("B", 1, 5)], tenant: "acmec", customer: "-1"),
        ]
        #expect(plain.canonicalBytes == sameUnderOtherKey.canonicalBytes)
        for other in different { #expect(plain.canonicalBytes != other.canonicalBytes) }
    }

    @Test func `canonical bytes never change between versions`() throws {
        let bytes = try order([item("A", 2, 1000)]).canonicalBytes
        let expected: [UInt8] =
            [1, 4, 0] + Array("acme".utf8) + [3, 0] + Array("c-1".utf8) + [3, 0]
            + Array("USD".utf8) + [1, 0, 0, 0, 1, 0, 65, 2, 0, 0, 0, 0xE8, 3, 0, 0, 0, 0, 0, 0]
        #expect(bytes == expected)
    }
}
