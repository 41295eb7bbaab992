// SPDX-License-Identifier: MIT
import Foundation
import WireSchema

/// The pages and data of `protocol/`.
enum ProtocolFiles {
    static let top = URL(filePath: #filePath).appending(path: "../../../protocol").standardized
    static let vectors = top.appending(path: "vectors")

    static func schema() throws -> Schema {
        try Schema.decode(Data(contentsOf: top.appending(path: "schema/messages.json")))
    }

    static func page(_ name: String) throws -> String {
        try String(contentsOf: top.appending(path: name), encoding: .utf8)
    }

    /// The cells of the rows of the page's tables, without heads and rules.
    static func rows(of page: String) throws -> [[String]] {
        try Self.page(page).split(separator: "\n")
            .filter { $0.hasPrefix("| ") }
            .map { line in
                line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
    }
}
