// SPDX-License-Identifier: MIT

extension CloudIdentity {
    /// What the policy is written for.
    package enum Form: String, CaseIterable, Sendable {
        /// A policy as IAM takes it, and Terraform as a template when names are placeholders.
        case iam
        /// The same for a template of CloudFormation: what has placeholders stands in `Fn::Sub`.
        case cloudformation
    }

    /// The policy as JSON, always spelled alike; ends without a line feed.
    package func document(_ names: CloudNames, form: Form = .iam) -> String {
        let texts = statements.map { Self.text(of: $0, names, form) }
        return """
            {
              "Version": "2012-10-17",
              "Statement": [
            \(texts.joined(separator: ",\n"))
              ]
            }
            """
    }

    private static func text(
        of statement: CloudStatement, _ names: CloudNames, _ form: Form
    ) -> String {
        let resources = statement.resources.map { resource in
            let arn = quoted(names.fill(resource))
            return form == .cloudformation && arn.contains("${") ? "{\"Fn::Sub\": \(arn)}" : arn
        }
        var fields = [
            "\"Sid\": \(quoted(statement.id))", "\"Effect\": \"Allow\"",
            "\"Action\": \(list(statement.actions.map(quoted)))",
            "\"Resource\": \(list(resources))",
        ]
        if !statement.leadingKeys.isEmpty { fields.append(condition(statement.leadingKeys)) }
        return "    {\n" + fields.map { "      \($0)" }.joined(separator: ",\n") + "\n    }"
    }

    /// That every item of a request has a key like one of `keys`. True of a request without keys as
    /// well: such a statement allows no action (Scan, DescribeTable) that has none.
    private static func condition(_ keys: [String]) -> String {
        """
        "Condition": {
                "ForAllValues:StringLike": {
                  "dynamodb:LeadingKeys": \(list(keys.map(quoted), indent: "          "))
                }
              }
        """
    }

    private static func list(_ items: [String], indent: String = "      ") -> String {
        "[\n" + items.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)]"
    }

    /// Names are checked where they come in: none holds what JSON would have to escape.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
