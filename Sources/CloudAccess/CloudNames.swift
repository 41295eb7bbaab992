// SPDX-License-Identifier: MIT

/// Where in AWS the mesh is: what stands in braces in the ARNs of statements.
///
/// Each may be a placeholder of somebody else's (`${region}`), which then stands in the policy.
package struct CloudNames: Sendable {
    /// `aws`, unless it is one of the separate clouds of AWS.
    package let partition: String
    package let region: String
    /// Twelve digits.
    package let account: String
    /// Begins the name of every queue and function.
    package let prefix: String
    package let table: String
    package let bucket: String

    package init(
        partition: String, region: String, account: String, prefix: String, table: String,
        bucket: String
    ) {
        self.partition = partition
        self.region = region
        self.account = account
        self.prefix = prefix
        self.table = table
        self.bucket = bucket
    }

    /// `template` with the names for its braces.
    package func fill(_ template: String) -> String {
        var text = ""
        var rest = template[...]
        while let opening = rest.firstIndex(of: "{"),
            let closing = rest[opening...].firstIndex(of: "}")
        {
            text += rest[..<opening] + value(rest[rest.index(after: opening)..<closing])
            rest = rest[rest.index(after: closing)...]
        }
        return text + rest
    }

    private func value(_ name: Substring) -> String {
        switch name {
        case "partition": partition
        case "region": region
        case "account": account
        case "prefix": prefix
        case "table": table
        case "bucket": bucket
        default: preconditionFailure("the policy names {\(name)}, which no account has")
        }
    }
}
