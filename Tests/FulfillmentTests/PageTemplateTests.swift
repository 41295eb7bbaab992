// SPDX-License-Identifier: MIT
import Testing

@testable import Fulfillment

@Suite struct PageTemplateTests {
    private enum Field: String {
        case name, part
    }

    private static func filled(_ text: String, name: String? = "x", parts: [String] = []) -> String?
    {
        guard let template = PageTemplate<Field>(text) else { return nil }
        let page = template.filled(
            { $0 == .name ? name : nil },
            items: parts.map { part in { $0 == .part ? part : nil } })
        return String(decoding: page, as: UTF8.self)
    }

    @Test(
        arguments: zip([[], ["1"], ["1", "2"]], ["a x\nz\n", "a x\n-1\nz\n", "a x\n-1\n-2\nz\n"]))
    func `the repeated part stands once for each item`(parts: [String], page: String) {
        let text = "a {{name}}\n<!-- each item -->\n-{{part}}\n<!-- end -->\nz\n"
        #expect(Self.filled(text, parts: parts) == page)
    }

    @Test func `a field without a value leaves its place empty`() {
        let text = "[{{name}}{{name}}]<!-- each item -->\n<!-- end -->\n"
        #expect(Self.filled(text, name: nil) == "[]")
    }

    @Test(arguments: [
        "no repeated part", "<!-- each item -->\n", "<!-- each item -->\n{{wrong}}<!-- end -->\n",
        "{{name<!-- each item -->\n<!-- end -->\n",
        "<!-- each item -->\n<!-- end -->\n<!-- end -->\n",
    ])
    func `a malformed template is none`(text: String) {
        #expect(Self.filled(text) == nil)
    }
}
