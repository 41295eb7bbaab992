// SPDX-License-Identifier: MIT

/// Reads the flat XML of S3 without a parser: elements that hold text alone.
package enum XMLText {
    /// What stands in the first element of that name; nil when there is none.
    package static func element(_ name: String, of text: String) -> String? {
        guard let opening = text.firstRange(of: "<\(name)>"),
            let closing = text[opening.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[opening.upperBound..<closing.lowerBound])
    }
}
