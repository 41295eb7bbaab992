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
    package var isFailure: Bool { reported.isFailure }

    /// As a report tells it.
    package var reported: ReportedCase {
        ReportedCase(
            subject: server, id: "\(`case`.id)", rule: `case`.id.rule, title: `case`.title,
            outcome: outcome, duration: duration)
    }
}

extension CaseResult: CustomStringConvertible {
    package var description: String { reported.description }
}
