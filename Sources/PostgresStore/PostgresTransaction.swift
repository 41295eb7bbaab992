// SPDX-License-Identifier: MIT

/// How a transaction is opened.
package enum PostgresTransaction: Sendable {
    /// Each statement sees what was committed before it; the default.
    case readCommitted
    /// As if the transactions ran one after the other; may fail with `serialization`, then run again.
    case serializable
    /// Not durable when it returns: a crash of the server within its `wal_writer_delay` may undo it,
    /// whole. For what somebody does again when it is found undone.
    case notDurable
    /// One snapshot, no writes.
    case readOnly

    var begin: String {
        switch self {
        case .readCommitted: "BEGIN"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        case .notDurable: "BEGIN; SET LOCAL synchronous_commit = off"
        case .readOnly: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        }
    }
}
