// SPDX-License-Identifier: MIT

/// Why a statement or transaction failed, and whether it may have been applied.
package struct PostgresError: Error, Sendable, Equatable {
    /// What went wrong, as far as a caller can act on it.
    package enum Code: String, Sendable, CaseIterable {
        /// No connection could be had in time, or the pool is closed: nothing was sent.
        case unavailable
        /// The connection broke before COMMIT was sent: the transaction is rolled back.
        case connectionLost
        /// The connection broke while an autocommitted statement or COMMIT was under way.
        case commitUnknown
        /// The server or the client ended a statement or lock wait that took too long.
        case timedOut
        case serialization
        case deadlock
        case uniqueViolation
        case foreignKeyViolation
        case checkViolation
        case notNullViolation
        /// A PL/pgSQL RAISE: a guard of the schema refused.
        case raised
        /// Disk full, too many connections, out of memory.
        case insufficientResources
        /// A table, column or function is missing: the schema is older or newer than this code.
        case schemaMismatch
        /// A parameter does not fit the type that the statement declares.
        case invalidParameter
        /// A result column is NULL or of another type than asked for.
        case undecodable
        /// The body of a transaction asked for its rollback.
        case rolledBack
        /// Any other SQL error; `sqlState` tells which.
        case other
    }

    package let code: Code
    /// The five characters of SQLSTATE; empty when the error did not come from the server.
    package let sqlState: String
    package let message: String
    /// The violated constraint, where the server names one.
    package let constraint: String?

    package init(
        _ code: Code,
        _ message: String,
        sqlState: String = "",
        constraint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
    }

    /// Whether the statement or transaction may have taken effect in spite of the error.
    package var mayHaveBeenApplied: Bool { code == .commitUnknown }

    /// Whether the fault lies with the database or the way to it, not with this statement.
    package var isInfrastructure: Bool {
        switch code {
        case .unavailable, .connectionLost, .commitUnknown, .timedOut, .insufficientResources,
            .schemaMismatch:
            true
        case .serialization, .deadlock, .uniqueViolation, .foreignKeyViolation, .checkViolation,
            .notNullViolation, .raised, .invalidParameter, .undecodable, .rolledBack, .other:
            false
        }
    }

    /// Whether the same transaction may succeed when run again, and was surely rolled back.
    var isWorthAnotherAttempt: Bool {
        code == .serialization || code == .deadlock || code == .connectionLost
    }

    /// The same failure, met when it can no longer be known whether the work was applied.
    var duringCommit: PostgresError {
        switch code {
        case .connectionLost, .timedOut:
            PostgresError(.commitUnknown, message, sqlState: sqlState, constraint: constraint)
        default: self
        }
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        let state = sqlState.isEmpty ? "" : " [\(sqlState)]"
        let constraint = constraint.map { " (\($0))" } ?? ""
        return "\(code.rawValue)\(state)\(constraint): \(message)"
    }
}

extension PostgresError {
    /// The code for an SQLSTATE that the server sent.
    static func code(forSQLState state: String) -> Code {
        switch state {
        case "40001": .serialization
        case "40P01": .deadlock
        case "23505", "23P01": .uniqueViolation
        case "23503": .foreignKeyViolation
        case "23514": .checkViolation
        case "23502": .notNullViolation
        case "57014", "55P03": .timedOut
        case "57P01", "57P02", "57P03", "57P05": .connectionLost
        case "42P01", "42703", "42883", "3F000", "0A000", "26000": .schemaMismatch
        case "22P02", "22P03", "42804", "42P18": .invalidParameter
        default:
            switch state.prefix(2) {
            case "08": .connectionLost
            case "53", "58": .insufficientResources
            case "P0": .raised
            default: .other
            }
        }
    }
}
