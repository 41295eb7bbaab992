// SPDX-License-Identifier: MIT
package import Orders

/// One delivery that failed.
package struct FailedAttempt: Equatable, Sendable {
    package let at: MeshInstant
    /// The name of the peer that had the message.
    package let worker: String
    package let error: String

    /// The history of a message keeps its last failures, however often it is redriven.
    static let countMax = 32
}

/// Why and since when a message is dead.
package struct Death: Equatable, Sendable {
    package let at: MeshInstant
    package let reason: String
}
