// SPDX-License-Identifier: MIT
import Testing

@testable import Conformance

@Suite struct KnownDifferenceTests {
    private static let failure = CaseFailure(
        expected: "PAUSED", seen: "ERROR unsupported, not_applied: no such thing")

    private static func difference(_ seen: String) -> KnownDifference {
        KnownDifference(id: "B-21.1", seen: seen, reason: "SQS cannot")
    }

    @Test(arguments: [
        ("ERROR unsupported, not_applied*", true),
        ("ERROR unsupported, not_applied: no such thing", true),
        ("ERROR *, not_applied: *thing", true), ("*", true),
        ("ERROR unsupported, not_applied", false), ("*no such", false),
        ("ERROR unavailable*", false), ("ERROR*maybe*", false), ("", false),
    ])
    func `a star stands for whatever is said there`(seen: String, isMatch: Bool) {
        #expect(Self.difference(seen).explains(Self.failure) == isMatch)
    }

    @Test func `what differs as it is known to is skipped, with the reason`() {
        let outcome = Self.difference("ERROR unsupported*").judge(.failed(Self.failure))
        #expect(outcome == .skipped(reason: "known difference: SQS cannot"))
    }

    @Test func `what differs otherwise has failed`() {
        let outcome = Self.difference("DECLARED").judge(.failed(Self.failure))
        guard case .failed(let failure) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.seen == Self.failure.seen)
        #expect(failure.expected.contains("DECLARED"))
    }

    @Test func `what differs no longer has failed`() {
        guard case .failed(let failure) = Self.difference("DECLARED").judge(.passed) else {
            Issue.record("it passed, and the list is wrong")
            return
        }
        #expect(failure.seen == "it passed")
    }

    @Test func `what nobody knows to differ counts as it is`() {
        let profile = ConformanceProfile(page: "| B-21.1 | `PAUSED` | because |\n| B-22 | x | y |")
        #expect(Array(profile.differences.keys) == ["B-21.1"])
        #expect(profile.judge(.failed(Self.failure), of: "B-22.1") == .failed(Self.failure))
        #expect(profile.judge(.passed, of: "B-22.1") == .passed)
    }
}
