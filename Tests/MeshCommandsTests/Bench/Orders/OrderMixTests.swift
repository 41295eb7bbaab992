// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Testing
import Wire

@testable import MeshCommands

@Suite struct OrderMixTests {
    @Test func `orders differ, hold no product twice, and end with their number`() {
        let mix = OrderMix(run: "r", countMax: 100)
        var keys: Set<String> = []
        while !mix.isExhausted {
            let order = mix.next()
            keys.insert(order.idempotencyKey)
            #expect((1...3).contains(order.items.count))
            #expect(Set(order.items.map(\.product)).count == order.items.count)
        }
        #expect(keys.count == 100)
        #expect(!mix.isDone)
    }

    @Test func `a mix is done once everything sent is answered, whatever the answer`() {
        let mix = OrderMix(run: "r", countMax: 9)
        _ = mix.next()
        _ = mix.next()
        mix.placed(UniqueID(high: 1, low: 1), begun: .uptimeNanoseconds(5))
        mix.end()
        #expect(!mix.isDone)
        mix.refused("no room")
        #expect(mix.isDone && mix.refusedCount == 1 && mix.complaint == "no room")
    }

    private static func body(_ text: String) -> ByteBufferView {
        ByteBuffer(string: text).readableBytesView
    }

    @Test func `orders over HTTP are what the mesh protocol would carry`() throws {
        let orders = HTTPMix(mix: OrderMix(run: "r", countMax: 1))
        let body = try #require(orders.next())
        #expect(
            body == """
                {"action":"place_order","tenant_id":"bench","customer_id":"cust-1",\
                "idempotency_key":"r-1","items":[{"product_id":"r-1","quantity":2,"price":5.01},\
                {"product_id":"r-32","quantity":3,"price":5.01}]}
                """)
        #expect(orders.next() == nil)
        let id = UniqueID(high: 7, low: 9)
        orders.answered(
            status: "202", body: Self.body(#"{"order_id":"\#(id)"}"#), begun: .uptimeNanoseconds(5))
        #expect(orders.mix.placed.map(\.order) == [id])
        orders.answered(status: "503", body: Self.body("busy"), begun: .uptimeNanoseconds(5))
        #expect(orders.mix.complaint == "503: busy")
    }
}
