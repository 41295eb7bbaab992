// SPDX-License-Identifier: MIT

/// What a run found, in the forms that people and machines read.
package struct ConformanceReport: Sendable {
    package let results: [ReportedCase]
    /// What was tried, for the head of the page: `127.0.0.1:9101, profile bridge`.
    package let subject: String

    package init(_ results: [ReportedCase], subject: String) {
        self.results = results
        self.subject = subject
    }

    package init(_ results: [CaseResult], subject: String) {
        self.init(results.map(\.reported), subject: subject)
    }

    package var summary: String { ReportedCase.summary(of: results) }

    /// Who was tried, in the order of the results.
    var servers: [String] {
        results.reduce(into: []) { servers, result in
            if !servers.contains(result.subject) { servers.append(result.subject) }
        }
    }

    /// Text as it may stand in XML and HTML, within quotes too. Control characters, which XML has no
    /// way to write, become spaces.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Seconds with three digits behind the point.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        let digits = String(milliseconds)
        return "\(seconds)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
