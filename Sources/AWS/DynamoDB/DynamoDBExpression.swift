// SPDX-License-Identifier: MIT

/// An update or a condition in DynamoDB's language, with what its placeholders stand for.
package struct DynamoDBExpression: Sendable {
    package let text: String

    /// By placeholder, such as `#state`: needed for names that are reserved words.
    package let names: [String: String]

    /// By placeholder, such as `:now`.
    package let values: [String: AttributeValue]

    /// Every placeholder must occur in `text`: DynamoDB refuses those that do not.
    package init(
        _ text: String,
        names: [String: String] = [:],
        values: [String: AttributeValue] = [:]
    ) {
        self.text = text
        self.names = names
        self.values = values
    }
}
