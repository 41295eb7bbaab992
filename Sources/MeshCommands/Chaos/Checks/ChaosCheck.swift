// SPDX-License-Identifier: MIT
import PostgresStore

/// One promise, as a question to the database that answers with those for whom it is broken.
struct ChaosCheck: Sendable {
    /// The promise, as a sentence.
    let rule: String
    let statement: PostgresStatement

    /// - Parameters:
    ///   - name: of the statement.
    ///   - sql: answers two columns of text, a subject and a detail; each row is a breach.
    init(_ name: String, _ rule: String, _ sql: String) {
        self.rule = rule
        statement = PostgresStatement("chaos.\(name)", sql + " LIMIT \(Self.shownCountMax)")
    }

    /// One breach is enough; twenty tell a pattern.
    private static let shownCountMax = 20
}
