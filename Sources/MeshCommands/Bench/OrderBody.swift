// SPDX-License-Identifier: MIT
import NIOCore

/// What a message carries in the benchmarks: an order in JSON, so that it compresses as orders do.
enum OrderBody {
    /// - Parameters:
    ///   - byteCount: the order is cut or goes on until then.
    ///   - number: orders of other numbers name other customers, products and prices.
    static func make(byteCount: Int, number: UInt64) -> ByteBuffer {
        var generator = SplitMix(state: number)
        var text = #"{"customer_id":"cust-\#(generator.next() % 100_000)","items":["#
        while text.utf8.count < byteCount {
            let (product, quantity) = (generator.next() % 10_000, generator.next() % 9 + 1)
            let cents = generator.next() % 100_000
            text += #"{"product_id":"PROD-\#(product)","quantity":\#(quantity),"#
            text += #""price":\#(cents / 100).\#(cents % 100)},"#
        }
        return ByteBuffer(bytes: text.utf8.prefix(byteCount))
    }
}
