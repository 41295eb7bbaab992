// SPDX-License-Identifier: MIT

/// What came of one case, as a report tells it; whether a server was tried or a client.
package struct ReportedCase: Sendable {
    /// Who was tried.
    package let subject: String
    /// The case's number, and the rule that it is about.
    package let id: String
    package let rule: String
    package let title: String
    package let outcome: CaseResult.Outcome
    package let duration: Duration

    package init(
        subject: String, id: String, rule: String, title: String, outcome: CaseResult.Outcome,
        duration: Duration
    ) {
        self.subject = subject
        self.id = id
        self.rule = rule
        self.title = title
        self.outcome = outcome
        self.duration = duration
    }

    package var isFailure: Bool { if case .failed = outcome { true } else { false } }

    /// The word for what came of it.
    var kind: String {
        switch outcome {
        case .passed: "passed"
        case .failed: "failed"
        case .skipped: "skipped"
        }
    }

    /// How many of each: the last line of a run.
    package static func summary(of results: [ReportedCase]) -> String {
        let passed = results.count { $0.outcome == .passed }
        let failed = results.count { $0.isFailure }
        return "\(passed) passed, \(failed) failed, \(results.count - passed - failed) skipped"
    }
}

extension ReportedCase: CustomStringConvertible {
    /// A line, and more for what there is to say.
    package var description: String {
        let head = "\(subject) \(id) \(title)"
        switch outcome {
        case .passed: return "passed   \(head)"
        case .skipped(let reason): return "skipped  \(head)\n         \(reason)"
        case .failed(let failure):
            return
                "FAILED   \(head)\n         expected \(failure.expected)\n         seen     \(failure.seen)"
        }
    }
}
