// SPDX-License-Identifier: MIT
import Testing

@testable import Fulfillment

@Suite struct ReceiptPageTests {
    private static func receipt(
        customer: String = "bob", product: String = "apple", quantity: Int64 = 2,
        price: Int64 = 1_050
    ) -> Receipt {
        Receipt(
            order: "0199a1b2-0000-7000-8000-000000000001", tenant: "acme", customer: customer,
            orderedAtMilliseconds: 1_764_119_328_007, orderedAt: "2025-11-26T01:08:48.007Z",
            items: [
                .init(product: product, quantity: quantity, unitPriceMinor: price),
                .init(product: "pear", quantity: 1, unitPriceMinor: 5),
            ],
            total: "21.05", currency: "USD", payment: "key-of-charge", provider: "stripe",
            reference: "pi_123", correlation: "00000000000000000000000000000abc")
    }

    private static func page(_ receipt: Receipt) throws -> String {
        String(decoding: try ReceiptPage.rendered(receipt), as: UTF8.self)
    }

    @Test func `the page says who bought what, when, for how much, and how it was paid`() throws {
        let page = try Self.page(Self.receipt())
        let row = { (cells: [String]) in
            "<tr><td><bdi>\(cells[0])</bdi></td>"
                + cells.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        #expect(page.contains(row(["apple", "2", "10.50", "21.00"])))
        #expect(page.contains(row(["pear", "1", "0.05", "0.05"])))
        #expect(page.contains(#"<td colspan="2">21.05 USD</td>"#))
        #expect(page.contains("<dd>0199a1b2-0000-7000-8000-000000000001</dd>"))
        #expect(page.contains("<bdi>acme</bdi>"))
        #expect(page.contains("<bdi>bob</bdi>"))
        #expect(page.contains("<dd>stripe</dd>"))
        #expect(page.contains("<dd>pi_123</dd>"))
        #expect(
            page.contains(
                #"<time datetime="2025-11-26T01:08:48.007Z">2025-11-26 01:08:48 UTC</time>"#))
    }

    @Test func `no place is left unfilled, and nothing is fetched or run`() throws {
        let page = try Self.page(Self.receipt())
        for trace in ["{{", "}}", "<!--", "<script", "src=", "href=", "url(", "@import"] {
            #expect(!page.contains(trace), "\(trace)")
        }
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img/onerror=x>", "'&lt;", "{{order}}", "</bdi></main>",
    ])
    func `what customers and products are called stays text`(name: String) throws {
        let page = try Self.page(Self.receipt(customer: name, product: name))
        let plain = try Self.page(Self.receipt())
        // Not one tag or attribute more than on any other page.
        for sign in ["<", ">", "\"", "'"] {
            #expect(page.count(of: sign) == plain.count(of: sign), "\(sign)")
        }
        #expect(page.count(of: Self.escaped(name)) >= 2)
    }

    @Test func `the same receipt is the same bytes`() throws {
        #expect(
            try ReceiptPage.rendered(Self.receipt()) == ReceiptPage.rendered(Self.receipt()))
    }

    @Test func `an amount beyond any number is refused, not wrapped round`() {
        #expect(throws: ReceiptPage.ImpossibleAmount(product: "apple")) {
            try ReceiptPage.rendered(Self.receipt(quantity: 4, price: .max / 2))
        }
    }

    @Test func `an ordinary receipt takes one block of a disk`() throws {
        #expect(try ReceiptPage.rendered(Self.receipt()).count <= 4096)
    }

    private static func escaped(_ text: String) -> String {
        let entities: [Character: String] = [
            "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
        ]
        return text.map { entities[$0] ?? "\($0)" }.joined()
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
