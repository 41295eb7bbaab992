// SPDX-License-Identifier: MIT

/// A connection inside an open transaction, as the body of `PostgresPool.transaction` sees it.
///
/// Synchronous and confined to the connection's thread. Useless after the body returned.
package struct PostgresSession {
    let connection: PostgresConnection

    /// Runs one statement.
    @discardableResult
    package func execute(
        _ statement: PostgresStatement,
        _ parameters: [PostgresValue] = []
    ) throws(PostgresError) -> PostgresRows {
        try connection.execute(statement, parameters)
    }

    /// Runs all statements in one round trip, in order. The first failure fails the transaction.
    @discardableResult
    package func pipeline(
        _ requests: [(PostgresStatement, [PostgresValue])]
    ) throws(PostgresError) -> [PostgresRows] {
        try connection.pipeline(requests)
    }

    /// Runs SQL text of several statements, without parameters: migrations only.
    package func run(script: String) throws(PostgresError) {
        try connection.run(script: script)
    }
}

@available(*, unavailable)
extension PostgresSession: Sendable {}
