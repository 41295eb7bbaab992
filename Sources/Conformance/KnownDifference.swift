// SPDX-License-Identifier: MIT

/// A case that a kind of server is known not to meet, and what it does instead.
package struct KnownDifference: Equatable, Sendable {
    package let id: CaseID
    /// What is seen, a `*` for whatever stands there.
    package let seen: String
    package let reason: String

    /// Whether a failure is the one that is known.
    package func explains(_ failure: CaseFailure) -> Bool {
        let parts = seen.split(separator: "*", omittingEmptySubsequences: false)
        guard let first = parts.first, failure.seen.hasPrefix(first) else { return false }
        guard parts.count > 1, let last = parts.last else { return failure.seen == seen }
        var rest = failure.seen.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    /// What a case counts as, where this difference is known.
    ///
    /// A difference that is no longer there is a failure too: the page that lists it is wrong.
    func judge(_ outcome: CaseResult.Outcome) -> CaseResult.Outcome {
        switch outcome {
        case .passed:
            .failed(CaseFailure(expected: "the known difference: \(seen)", seen: "it passed"))
        case .failed(let failure) where explains(failure):
            .skipped(reason: "known difference: \(reason)")
        case .failed(let failure):
            .failed(
                CaseFailure(
                    expected: "\(failure.expected), or the known difference: \(seen)",
                    seen: failure.seen))
        case .skipped: outcome
        }
    }
}
