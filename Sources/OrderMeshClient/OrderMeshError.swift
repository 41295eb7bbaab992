// SPDX-License-Identifier: MIT

/// Why a call failed, and whether the order may exist all the same.
public struct OrderMeshError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure.
    public enum Code: String, Sendable, CaseIterable {
        /// A file of the configuration cannot be used.
        case configuration
        /// The order is not one: `message` names the field. Nothing will help but another order.
        case invalidOrder
        /// The idempotency key was used for a different order.
        case keyConflict
        /// The first use of the idempotency key is still under way.
        case keyInProgress
        /// The tenant's limit is used up.
        case rateLimited
        /// Too many of the tenant's requests are in progress.
        case concurrencyLimited
        /// The mesh is behind.
        case overloaded
        /// There is no such order of this tenant.
        case unknownOrder
        /// The certificate does not allow this.
        case notPermitted
        /// No connection to the mesh could be had.
        case unreachable
        /// No answer within the deadline.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// The mesh answered that it failed, or answered what this client cannot read.
        case failed
    }

    /// What kind of failure.
    public let code: Code
    /// False: nothing happened and nothing will. True: the order may have been placed; placing it
    /// again *with the same idempotency key* finds out and is safe.
    public let mayHaveBeenApplied: Bool
    /// When the mesh asks to be tried again, from now; nil: it did not say.
    public let retryAfter: Duration?
    /// For people.
    public let message: String

    init(
        _ code: Code, mayHaveBeenApplied: Bool = false, retryAfter: Duration? = nil,
        message: String
    ) {
        self.code = code
        self.mayHaveBeenApplied = mayHaveBeenApplied
        self.retryAfter = retryAfter
        self.message = message
    }

    /// Code, certainty and message in one line.
    public var description: String {
        "\(code.rawValue)\(mayHaveBeenApplied ? " (may have been applied)" : ""): \(message)"
    }
}
