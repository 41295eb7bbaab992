// SPDX-License-Identifier: MIT

/// What the identities of the mesh may do in AWS, before it is known where that is.
package struct CloudPolicy: Codable, Sendable {
    /// Something in AWS that an action is done to.
    package struct Place: Codable, Sendable {
        /// What there is one of for each queue.
        package enum Each: String, Codable, Sendable {
            /// A resource of its own.
            case queue
            /// Items with a key of their own, in one table.
            case key
        }

        package let name: String
        package let each: Each?
        /// With `{queue}`, `{service}` and the names of an account in braces.
        package let arn: String
        /// The partition keys of the items meant, when not the whole table is.
        package let key: String?
    }

    /// Actions allowed in places.
    package struct Statement: Codable, Sendable {
        package let id: String
        package let places: [String]
        package let actions: [String]
        /// Of a function: the right in the mesh that brings the statement with it: `publish`, `consume`,
        /// `receipts`, `any`.
        package let needs: String?
    }

    /// Somebody with a policy of his own that does not follow from rights in the mesh.
    package struct Identity: Codable, Sendable {
        package let name: String
        package let about: String
        package let statements: [Statement]
    }

    package let places: [Place]
    package let identities: [Identity]

    /// What a stage needs that runs as a function, by its rights in the mesh.
    package let function: [Statement]
}
