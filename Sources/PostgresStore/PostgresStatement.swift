// SPDX-License-Identifier: MIT

/// An SQL statement that each connection prepares once, under its name.
///
/// Parameters are `$1`, `$2`, …; where the server cannot infer a type, the text casts: `$1::bigint[]`.
package struct PostgresStatement: Sendable, Hashable {
    /// Unique in the process, at most 63 bytes; also what errors and metrics show.
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        precondition(!name.isEmpty && name.utf8.count <= 63, "a statement name has 1 to 63 bytes")
        self.name = name
        self.sql = sql
    }
}
