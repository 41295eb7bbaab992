// SPDX-License-Identifier: MIT
import Foundation
import FoundationXML
import Testing

@testable import Conformance

@Suite struct ConformanceReportTests {
    private static let report: ConformanceReport = {
        let outcomes: [CaseResult.Outcome] = [
            .passed, .failed(CaseFailure(expected: "<PONG> & \"7\"", seen: "silence\u{1}")),
            .skipped(reason: "known difference: SQS"), .passed,
        ]
        let results = zip(ConformanceSuite.cases, outcomes).map { each, outcome in
            CaseResult(
                case: each, server: "broker", outcome: outcome, duration: .milliseconds(1_042))
        }
        return ConformanceReport(results, subject: "broker at <host>:1")
    }()

    @Test func `the last line counts what passed, failed and was skipped`() {
        #expect(Self.report.summary == "2 passed, 1 failed, 1 skipped")
    }

    @Test func `JUnit counts the same, and is XML`() throws {
        let reader = Counter()
        let parser = XMLParser(data: Data(Self.report.junit.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.elements["testcase"]?.count == 4)
        #expect(reader.elements["failure"]?.count == 1)
        #expect(reader.elements["skipped"]?.count == 1)
        let suite = try #require(reader.elements["testsuite"]?.first)
        #expect(suite["tests"] == "4" && suite["failures"] == "1" && suite["skipped"] == "1")
        #expect(suite["time"] == "4.168")
        let message = try #require(reader.elements["failure"]?.first?["message"])
        #expect(message == "expected <PONG> & \"7\"; seen silence ")
    }

    @Test func `the page says the same, needs nothing else, and nothing on it is markup by chance`()
    {
        let page = Self.report.html
        #expect(page.contains("<title>Conformance: 2 passed, 1 failed, 1 skipped</title>"))
        #expect(page.contains("broker at &lt;host&gt;:1"))
        #expect(page.contains("&lt;PONG&gt; &amp; &quot;7&quot;"))
        #expect(!page.contains("{{"), "every place is filled")
        #expect(!page.contains("http"), "nothing is fetched")
        #expect(page.matches(of: /<li class="(passed|failed|skipped)"><span/).count == 4)
    }

    private final class Counter: NSObject, XMLParserDelegate {
        var elements: [String: [[String: String]]] = [:]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            elements[name, default: []].append(attributes)
        }
    }
}
