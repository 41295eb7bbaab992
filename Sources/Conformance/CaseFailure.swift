// SPDX-License-Identifier: MIT

/// A rule that was not kept.
package struct CaseFailure: Error, Equatable, Sendable {
    /// What the protocol says.
    package let expected: String
    /// What the server did.
    package let seen: String

    package init(expected: String, seen: String) {
        self.expected = expected
        self.seen = seen
    }
}

/// A case that cannot be tried here, and why.
struct CaseSkip: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Fails the case unless the condition holds.
func require(
    _ condition: Bool, _ expected: @autoclosure () -> String, seen: @autoclosure () -> String
) throws(CaseFailure) {
    guard condition else { throw CaseFailure(expected: expected(), seen: seen()) }
}

/// Fails the case unless both are the same.
func requireEqual<Value: Equatable>(
    _ seen: Value, _ expected: Value, _ what: String
) throws(CaseFailure) {
    try require(seen == expected, "\(what) \(expected)", seen: "\(what) \(seen)")
}
