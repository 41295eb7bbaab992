// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// Every MUST of the protocol has an id, and a test that names it.
@Suite struct RuleTests {
    private static let pages = ["framing.md", "handshake.md", "broker.md", "limiter.md", "orders.md"]

    /// Rules that no test names yet, by the reason why.
    private static let untested: [String: [String]] = [
        "its test does not name it yet": [
            "F-6", "H-1", "H-2", "H-3", "H-4", "H-5", "H-6", "H-7", "H-8", "H-9", "H-12", "H-13",
            "H-14", "B-1", "B-2", "B-3", "B-4", "B-5", "B-6", "B-7", "B-8", "B-9", "B-10", "B-11",
            "B-12", "B-13", "B-14", "B-15", "B-16", "B-17", "B-18", "L-1", "L-2", "L-3", "L-4",
            "L-5", "L-6", "L-7", "L-8", "O-1", "O-2", "O-3", "O-4", "O-5", "O-6",
        ]
    ]

    private static let isUntested = Set(untested.values.joined())

    @Test(arguments: pages)
    func `every MUST stands under an id`(page: String) throws {
        // A rule is a list item, up to the next item, blank line or head.
        var rule = ""
        let text = try ProtocolFiles.page(page)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix("- ") || line.hasPrefix("#") || line.hasPrefix("|") {
                rule = ""
            }
            rule += line + " "
            if line.contains("MUST") { #expect(Self.ids(in: rule).count == 1, "\(page): \(line)") }
        }
    }

    @Test func `no id stands for two rules`() throws {
        let ids = try Self.declared()
        #expect(ids.count == Set(ids).count)
    }

    @Test func `every rule is named by a test, or listed with the reason why not`() throws {
        let named = try Self.namedByTests()
        let missing = try Self.declared().filter { !named.contains($0) && !Self.isUntested.contains($0) }
        #expect(missing == [], "no test names these rules")
    }

    @Test func `no rule is listed as untested that a test names`() throws {
        let named = try Self.namedByTests()
        #expect(Self.isUntested.filter { named.contains($0) }.sorted() == [])
    }

    /// The ids that begin a rule, in the pages' order.
    private static func declared() throws -> [String] {
        try pages.flatMap { page in
            try ProtocolFiles.page(page).split(separator: "\n")
                .filter { $0.hasPrefix("- [") }
                .flatMap { ids(in: $0.prefix(8)) }
        }
    }

    /// The ids in the sources of all tests and in the golden frames that must be refused.
    private static func namedByTests() throws -> Set<String> {
        let tests = ProtocolFiles.top.deletingLastPathComponent().appending(path: "Tests")
        var named: Set<String> = []
        for directory in [tests, ProtocolFiles.vectors.appending(path: "refused")] {
            let names = FileManager.default.enumerator(atPath: directory.path)
            for case let name as String in names ?? .init()
            where name.hasSuffix(".swift") || name.hasSuffix(".json") {
                if name.hasSuffix("RuleTests.swift") { continue }
                let file = directory.appending(path: name)
                named.formUnion(ids(in: try String(contentsOf: file, encoding: .utf8)))
            }
        }
        return named
    }

    /// What looks like `F-1` between characters of other kinds, or `[F-1]`.
    private static func ids(in text: some StringProtocol) -> [String] {
        String(text).matches(of: /\b([FHBLO]-\d+)\b/).map { String($0.1) }
    }
}
