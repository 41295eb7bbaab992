// SPDX-License-Identifier: MIT

/// What came of one case with one server.
package struct CaseResult: Sendable {
    package enum Outcome: Equatable, Sendable {
        case passed
        case failed(CaseFailure)
        case skipped(reason: String)
    }

    package let `case`: ConformanceCase
    /// Which of the servers was tried.
    package let server: String
    package let outcome: Outcome
    package let duration: Duration
}

extension CaseResult {
    /// How many of each: the last line of a run.
    package static func summary(of results: [CaseResult]) -> String {
        let passed = results.count { $0.outcome == .passed }
        let failed = results.count { $0.isFailure }
        return "\(passed) passed, \(failed) failed, \(results.count - passed - failed) skipped"
    }

    package var isFailure: Bool { if case .failed = outcome { true } else { false } }
}

extension CaseResult: CustomStringConvertible {
    /// A line, and one more for what there is to say.
    package var description: String {
        let head = "\(server) \(`case`.id) \(`case`.title)"
        switch outcome {
        case .passed: return "passed   \(head)"
        case .skipped(let reason): return "skipped  \(head)\n         \(reason)"
        case .failed(let failure):
            return
                "FAILED   \(head)\n         expected \(failure.expected)\n         seen     \(failure.seen)"
        }
    }
}
