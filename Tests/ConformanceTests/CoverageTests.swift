// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Conformance

/// The suite beside the pages that it tries servers against.
@Suite struct CoverageTests {
    private static let pages = [
        "framing.md", "handshake.md", "broker.md", "limiter.md", "keys.md", "receipts.md",
    ]

    private static func page(_ name: String) throws -> String {
        try SourceTree.text(of: "protocol/" + name)
    }

    /// The ids of rules that a page's list items begin with.
    private static func rules() throws -> Set<String> {
        try Set(
            pages.flatMap { name in
                try page(name).matches(of: /(?m)^- \[([FHBLKR]-\d+)\]/).map { String($0.1) }
            })
    }

    /// What conformance.md says no case can see, with the reason.
    private static func unobservable() throws -> [String: String] {
        let text = try page("conformance.md")
        let rows = text.matches(of: /(?m)^\| ([FHBLKR]-\d+) \| (.+) \|$/)
        return Dictionary(uniqueKeysWithValues: rows.map { (String($0.1), String($0.2)) })
    }

    @Test func `each rule has a case, or stands among those that nobody can see`() throws {
        let rules = try Self.rules()
        #expect(rules.count > 55, "the pages are read")
        let tried = Set(ConformanceSuite.cases.map(\.id.rule))
        let unobservable = Set(try Self.unobservable().keys)
        #expect(rules.subtracting(tried).subtracting(unobservable) == [], "no case")
        #expect(tried.subtracting(rules) == [], "no such rule")
        #expect(unobservable.intersection(tried) == [], "somebody can see it")
        #expect(unobservable.subtracting(rules) == [], "no such rule")
    }

    @Test func `no number is given twice, and those of a rule count from one`() {
        let ids = ConformanceSuite.cases.map(\.id)
        #expect(ids.count == Set(ids).count)
        for (rule, numbers) in Dictionary(grouping: ids, by: \.rule) {
            #expect(numbers.map(\.number).sorted() == Array(1...numbers.count), "\(rule)")
        }
    }

    @Test func `what is known of the bridge is about cases that there are`() throws {
        let known = ConformanceProfile.bridge.differences
        #expect(!known.isEmpty)
        #expect(Set(known.keys).subtracting(ConformanceSuite.cases.map(\.id)) == [])
        let rows = try Self.page("bridge.md").matches(of: /(?m)^\| [FHBLKR]-\d+\.\d+ \|/)
        #expect(rows.count == known.count, "each row is read, and none twice")
        for difference in known.values {
            #expect(!difference.seen.isEmpty && !difference.reason.isEmpty)
        }
    }

    @Test func `what a pattern means`() {
        let all = Set(ConformanceCase.Scope.allCases)
        let suite = { ConformanceSuite.cases(in: all, matching: $0).map(\.id) }
        #expect(suite("B-12.2") == ["B-12.2"])
        #expect(suite("B-1") == [], "not those of B-12")
        #expect(suite("F-2") == ["F-2.1", "F-2.2"])
        #expect(suite("L").allSatisfy { $0.page == "L" })
        #expect(suite(nil) == suite(nil).sorted())
        #expect(ConformanceSuite.cases(in: [.limiter], matching: "B").isEmpty)
    }
}
