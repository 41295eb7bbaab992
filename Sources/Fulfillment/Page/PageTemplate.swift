// SPDX-License-Identifier: MIT

/// A page with places to fill in: `{{field}}`, and one part that is repeated, between the comments
/// `each item` and `end`. Whatever fills a place is escaped; a template cannot ask for less.
struct PageTemplate<Field: RawRepresentable<String> & Sendable>: Sendable {
    private enum Part: Sendable {
        case bytes([UInt8])
        case place(Field)
    }

    private let head: [Part]
    private let item: [Part]
    private let foot: [Part]

    /// Nil when the text has a place with an unknown name, or not exactly one repeated part.
    init?(_ text: String) {
        let open = text.split(separator: "<!-- each item -->\n", omittingEmptySubsequences: false)
        guard open.count == 2 else { return nil }
        let close = open[1].split(separator: "<!-- end -->\n", omittingEmptySubsequences: false)
        guard close.count == 2, let head = Self.parts(open[0]), let item = Self.parts(close[0]),
            let foot = Self.parts(close[1])
        else { return nil }
        (self.head, self.item, self.foot) = (head, item, foot)
    }

    /// The page of `fields`, its repeated part once for each of `items`. A field without a value
    /// leaves its place empty.
    func filled(_ fields: (Field) -> String?, items: [(Field) -> String?]) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(4096)
        Self.append(head, fields, to: &page)
        for one in items { Self.append(item, one, to: &page) }
        Self.append(foot, fields, to: &page)
        return page
    }

    private static func parts(_ text: Substring) -> [Part]? {
        var parts: [Part] = []
        let pieces = text.split(separator: "{{", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            guard index > 0 else {
                parts.append(.bytes(Array(piece.utf8)))
                continue
            }
            let halves = piece.split(separator: "}}", omittingEmptySubsequences: false)
            guard halves.count == 2, let field = Field(rawValue: String(halves[0])) else {
                return nil
            }
            parts += [.place(field), .bytes(Array(halves[1].utf8))]
        }
        return parts
    }

    private static func append(
        _ parts: [Part], _ fields: (Field) -> String?, to page: inout [UInt8]
    ) {
        for part in parts {
            switch part {
            case .bytes(let bytes): page += bytes
            case .place(let field): append(escaping: fields(field) ?? "", to: &page)
            }
        }
    }

    /// So that it stays text, in an element and in a quoted attribute alike.
    private static func append(escaping text: String, to page: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): page += "&amp;".utf8
            case UInt8(ascii: "<"): page += "&lt;".utf8
            case UInt8(ascii: ">"): page += "&gt;".utf8
            case UInt8(ascii: "\""): page += "&quot;".utf8
            case UInt8(ascii: "'"): page += "&#39;".utf8
            default: page.append(byte)
            }
        }
    }
}
