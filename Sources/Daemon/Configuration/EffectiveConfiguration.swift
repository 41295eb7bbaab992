// SPDX-License-Identifier: MIT

import FoundationEssentials

/// The values in force, nested again as in a configuration file.
struct EffectiveConfiguration {
    let json: String

    /// - Parameter values: by dotted key.
    init(_ values: [String: String]) throws {
        var root = Node(children: [:], value: nil)
        for (key, value) in values {
            root.insert(value, at: key.split(separator: ".").map(String.init)[...])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        json = String(decoding: try encoder.encode(root), as: UTF8.self)
    }

    private struct Node: Encodable {
        var children: [String: Node]
        var value: String?

        mutating func insert(_ text: String, at path: ArraySlice<String>) {
            guard let name = path.first else {
                value = text
                return
            }
            children[name, default: Node(children: [:], value: nil)].insert(
                text, at: path.dropFirst())
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let value {
                try container.encode(value)
            } else {
                try container.encode(children)
            }
        }
    }
}
