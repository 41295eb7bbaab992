// SPDX-License-Identifier: MIT

/// One thing that a server must do, and the way to see whether it does.
package struct ConformanceCase: Sendable {
    typealias Body = @Sendable (Trial) async throws -> Void

    /// What a server must serve for the case to make sense.
    package enum Scope: String, CaseIterable, Sendable {
        /// Any server of the protocol.
        case session
        case broker
        case limiter
        case keys
        case receipts
    }

    /// How the case goes together with others.
    enum Pace: Sendable {
        case quick
        /// Mostly waits: begins first, and holds up none.
        case slow
        /// Changes what others see: runs when no other does.
        case alone
    }

    package let id: CaseID
    /// What the server does when it keeps the rule: a sentence.
    package let title: String
    package let scope: Scope
    let pace: Pace
    /// Ends without an error when the rule is kept, and with `CaseFailure` when it is not.
    let body: Body

    static func session(
        _ id: CaseID, _ title: String, _ pace: Pace = .quick, _ body: @escaping Body
    ) -> ConformanceCase {
        ConformanceCase(id: id, title: title, scope: .session, pace: pace, body: body)
    }

    static func broker(
        _ id: CaseID, _ title: String, _ pace: Pace = .quick, _ body: @escaping Body
    ) -> ConformanceCase {
        ConformanceCase(id: id, title: title, scope: .broker, pace: pace, body: body)
    }

    static func limiter(
        _ id: CaseID, _ title: String, _ pace: Pace = .quick, _ body: @escaping Body
    ) -> ConformanceCase {
        ConformanceCase(id: id, title: title, scope: .limiter, pace: pace, body: body)
    }

    static func keys(
        _ id: CaseID, _ title: String, _ pace: Pace = .quick, _ body: @escaping Body
    ) -> ConformanceCase {
        ConformanceCase(id: id, title: title, scope: .keys, pace: pace, body: body)
    }

    static func receipts(
        _ id: CaseID, _ title: String, _ pace: Pace = .quick, _ body: @escaping Body
    ) -> ConformanceCase {
        ConformanceCase(id: id, title: title, scope: .receipts, pace: pace, body: body)
    }
}
