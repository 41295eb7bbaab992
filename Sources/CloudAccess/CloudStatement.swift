// SPDX-License-Identifier: MIT

/// Actions that an identity may do to resources of AWS.
package struct CloudStatement: Equatable, Sendable {
    package let id: String
    /// As IAM spells them, `sqs:SendMessage`; never with a wildcard.
    package let actions: [String]
    /// ARNs, with the names of an account in braces: see `CloudNames`.
    package let resources: [String]
    /// When not empty, only items of DynamoDB whose partition key is like one of these.
    package let leadingKeys: [String]

    package init(id: String, actions: [String], resources: [String], leadingKeys: [String]) {
        self.id = id
        self.actions = actions
        self.resources = resources
        self.leadingKeys = leadingKeys
    }

    /// The same without one of its actions; nil when it has no other.
    package func without(_ action: String) -> CloudStatement? {
        let rest = actions.filter { $0 != action }
        guard !rest.isEmpty else { return nil }
        return CloudStatement(
            id: id, actions: rest, resources: resources, leadingKeys: leadingKeys)
    }
}
