// SPDX-License-Identifier: MIT

extension ConformanceReport {
    /// As JUnit writes it: a suite for each server.
    package var junit: String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites>"]
        for server in servers { lines += suite(server) }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func suite(_ server: String) -> [String] {
        let own = results.filter { $0.subject == server }
        let skipped = own.count { if case .skipped = $0.outcome { true } else { false } }
        let time = Self.seconds(own.reduce(.zero) { $0 + $1.duration })
        let head =
            "<testsuite name=\"conformance.\(Self.escape(server))\" tests=\"\(own.count)\" "
            + "failures=\"\(own.count(where: \.isFailure))\" skipped=\"\(skipped)\" time=\"\(time)\">"
        return [head] + own.map(Self.testCase) + ["</testsuite>"]
    }

    private static func testCase(_ result: ReportedCase) -> String {
        let head =
            "<testcase classname=\"\(escape(result.subject)).\(result.rule)\" "
            + "name=\"\(result.id) \(escape(result.title))\" "
            + "time=\"\(seconds(result.duration))\""
        switch result.outcome {
        case .passed: return head + "/>"
        case .skipped(let reason):
            return head + "><skipped message=\"\(escape(reason))\"/></testcase>"
        case .failed(let failure):
            let message = "expected \(failure.expected); seen \(failure.seen)"
            return head + "><failure message=\"\(escape(message))\"/></testcase>"
        }
    }
}
