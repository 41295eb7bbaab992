// SPDX-License-Identifier: MIT
package import Foundation

/// The content of `protocol/policy.json`: who may do what, in the mesh and in AWS.
package struct MeshPolicy: Codable, Sendable {
    /// A right to one queue.
    package struct QueueRight: Codable, Sendable {
        package let queue: String
        /// `publish`, `consume`.
        package let may: [String]
    }

    /// One daemon of the mesh, by the name in its certificate.
    package struct Service: Codable, Sendable {
        package let name: String
        package let queues: [QueueRight]
        /// `take`, `read_plans`; nil for nothing.
        package let limiter: [String]?
        /// `put`, `get`; nil for nothing.
        package let receipts: [String]?
        /// `claim`; nil for nothing.
        package let keys: [String]?
        /// Whether it may see and set the weights of tenants.
        package let weights: Bool?
        /// Whether it can run as a function, with rights of its own in AWS.
        package let function: Bool?
    }

    package let queues: [String]
    package let services: [Service]
    package let cloud: CloudPolicy

    /// Reads and checks a policy.
    ///
    /// - Throws: `SchemaError` naming the first contradiction, or what `JSONDecoder` found.
    package static func decode(_ json: Data) throws -> MeshPolicy {
        let policy = try JSONDecoder().decode(MeshPolicy.self, from: json)
        try policy.check()
        return policy
    }

    /// Every file that follows from the policy: access rules and identities in Swift, a page.
    package func generatedFiles() -> [GeneratedFile] {
        [
            AccessEmitter(policy: self).file(), IdentityEmitter(policy: self).file(),
            AccessPageEmitter(policy: self).file(),
        ]
    }
}
