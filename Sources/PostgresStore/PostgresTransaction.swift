// SPDX-License-Identifier: MIT

/// How a transaction is opened.
package enum PostgresTransaction: Sendable {
    /// Each statement sees what was committed before it; the default.
    case readCommitted
    /// As if the transactions ran one after the other; may fail with `serialization`, then run again.
    case serializable
    /// One snapshot, no writes.
    case readOnly

    var begin: String {
        switch self {
        case .readCommitted: "BEGIN"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        case .readOnly: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        }
    }
}
