// SPDX-License-Identifier: MIT

/// An update or a condition in DynamoDB's language, with what its placeholders stand for.
package struct DynamoDBExpression: Sendable {
    package let text: String

    /// By placeholder, such as `:now`.
    package let values: [String: AttributeValue]

    /// - Parameters:
    ///   - text: names attributes as `#state`, never bare, so that none meets a reserved word.
    ///   - values: one for each placeholder in `text`, no more: DynamoDB refuses any other.
    package init(_ text: String, _ values: [String: AttributeValue] = [:]) {
        self.text = text
        self.values = values
    }

    /// What each name in the text stands for: `#state` for the attribute `state`.
    var names: [String: String] {
        var names: [String: String] = [:]
        for match in text.matches(of: /#(\w+)/) { names[String(match.0)] = String(match.1) }
        return names
    }
}
