// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// Every MUST of the protocol has an id, and a test that names it.
@Suite struct RuleTests {
    private static let pages = [
        "framing.md", "handshake.md", "clients.md", "broker.md", "limiter.md", "orders.md",
        "receipts.md", "keys.md", "segment-log.md",
    ]

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

    @Test func `every rule has a test, or stands among those that have none`() throws {
        let declared = Set(try Self.declared())
        let named = try Self.namedByTests()
        let proved = Set(RuleProofs.tests.keys)
        let untested = Set(RuleProofs.untested.keys)
        #expect(declared.subtracting(named).subtracting(proved).subtracting(untested) == [])
        #expect(untested.intersection(named.union(proved)) == [], "they have a test")
        #expect(proved.union(untested).subtracting(declared) == [], "no such rules")
    }

    @Test func `every test that proves a rule is there`() throws {
        let sources = try Self.sources().map(\.text).joined()
        for name in RuleProofs.tests.values.joined() {
            #expect(sources.contains("func `\(name)`"), "no test '\(name)'")
        }
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
        Set(try sources().filter { $0.name != "RuleProofs.swift" }.flatMap { ids(in: $0.text) })
    }

    private static func sources() throws -> [(name: String, text: String)] {
        let tests = ProtocolFiles.top.deletingLastPathComponent().appending(path: "Tests")
        var sources: [(String, String)] = []
        for directory in [tests, ProtocolFiles.vectors.appending(path: "refused")] {
            let paths = FileManager.default.enumerator(atPath: directory.path)
            for case let path as String in paths ?? .init()
            where path.hasSuffix(".swift") || path.hasSuffix(".json") {
                let file = directory.appending(path: path)
                sources.append(
                    (file.lastPathComponent, try String(contentsOf: file, encoding: .utf8)))
            }
        }
        return sources
    }

    /// What looks like an id: a letter of a page, a dash, a number.
    private static func ids(in text: some StringProtocol) -> [String] {
        String(text).matches(of: /\b([FHCBLORKS]-\d+)\b/).map { String($0.1) }
    }
}
