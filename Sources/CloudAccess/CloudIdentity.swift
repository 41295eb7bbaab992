// SPDX-License-Identifier: MIT

/// Somebody with rights in AWS: a daemon, a function, or who sets things up.
package struct CloudIdentity: Equatable, Sendable {
    package let name: String
    package let about: String
    package let statements: [CloudStatement]

    package init(name: String, about: String, statements: [CloudStatement]) {
        self.name = name
        self.about = about
        self.statements = statements
    }

    /// The one of that name; nil when there is none.
    package static func named(_ name: String) -> CloudIdentity? {
        all.first { $0.name == name }
    }

    /// The same without what reaches S3: for a mesh that keeps its receipts elsewhere.
    package var withoutBucket: CloudIdentity {
        CloudIdentity(
            name: name, about: about,
            statements: statements.filter { !$0.actions.contains { $0.hasPrefix("s3:") } })
    }

    /// The same without one action of one statement.
    package func without(_ action: String, of statement: String) -> CloudIdentity {
        CloudIdentity(
            name: name, about: about,
            statements: statements.compactMap { each in
                each.id == statement ? each.without(action) : each
            })
    }
}
