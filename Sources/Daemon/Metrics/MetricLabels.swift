// SPDX-License-Identifier: MIT

/// The labels of one series, in the order of their names.
struct MetricLabels: Hashable, Comparable {
    private let pairs: [Pair]

    private struct Pair: Hashable {
        let name: String
        let value: String
    }

    init(_ dimensions: [(String, String)] = []) {
        pairs = dimensions.map { Pair(name: MetricName.sanitized($0.0), value: $0.1) }
            .sorted { $0.name < $1.name }
    }

    /// `{queue="payment",le="0.1"}`, values escaped; empty when there are no labels.
    func text(adding extra: (String, String)? = nil) -> String {
        var parts = pairs.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        if let extra { parts.append("\(extra.0)=\"\(Self.escaped(extra.1))\"") }
        return parts.isEmpty ? "" : "{" + parts.joined(separator: ",") + "}"
    }

    static func < (left: MetricLabels, right: MetricLabels) -> Bool { left.text() < right.text() }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += #"\\"#
            case "\"": text += #"\""#
            case "\n": text += #"\n"#
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// Names as Prometheus takes them: `[a-zA-Z_][a-zA-Z0-9_]*`.
enum MetricName {
    static func sanitized(_ label: String) -> String {
        var name = ""
        for scalar in label.unicodeScalars {
            let isLetter = scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_")
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit && name.isEmpty { name = "_" }
            name.unicodeScalars.append(isLetter || isDigit ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }
}
