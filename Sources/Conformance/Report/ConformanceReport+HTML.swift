// SPDX-License-Identifier: MIT

extension ConformanceReport {
    /// One page that needs nothing else, for people.
    package var html: String {
        let parts = [
            "{{summary}}": Self.escape(summary), "{{subject}}": Self.escape(subject),
            "{{bar}}": bar, "{{servers}}": servers.map(section).joined(separator: "\n"),
        ]
        return Self.template.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                guard let (mark, text) = parts.first(where: { line.contains($0.key) }),
                    let place = line.firstRange(of: mark)
                else { return String(line) }
                return line[..<place.lowerBound] + text + line[place.upperBound...]
            }
            .joined(separator: "\n")
    }

    private static let template = String(
        decoding: PackageResources.report_html, as: UTF8.self)

    private static let kinds = ["passed", "failed", "skipped"]

    /// How many of each, as a bar and in figures.
    private var bar: String {
        let counts = Self.kinds.map { kind in results.count { $0.kind == kind } }
        let pieces = zip(Self.kinds, counts).filter { $1 > 0 }
            .map { "<i class=\"\($0)\" style=\"flex:\($1)\"></i>" }
        let figures = zip(Self.kinds, counts)
            .map { "<li class=\"\($0)\"><b>\($1)</b>\($0)</li>" }
        return "<div class=\"bar\">" + pieces.joined() + "</div>\n<ul class=\"counts\">"
            + figures.joined() + "</ul>"
    }

    private func section(_ server: String) -> String {
        let own = results.filter { $0.subject == server }
        return "<h2>\(Self.escape(server)): \(ReportedCase.summary(of: own))</h2>\n<ol>\n"
            + own.map(Self.item).joined(separator: "\n") + "\n</ol>"
    }

    private static func item(_ result: ReportedCase) -> String {
        let words: [(String, String)]
        let mark: String
        switch result.outcome {
        case .passed: (mark, words) = ("✓", [])
        case .skipped(let reason): (mark, words) = ("–", [("why", reason)])
        case .failed(let failure):
            (mark, words) = ("✗", [("expected", failure.expected), ("seen", failure.seen)])
        }
        let list = words.map { "<dt>\($0)</dt><dd>\(escape($1))</dd>" }.joined()
        return "<li class=\"\(result.kind)\"><span class=\"mark\">\(mark)</span>"
            + "<span class=\"id\">\(result.id)</span><span>\(escape(result.title))</span>"
            + "<span class=\"time\">\(seconds(result.duration)) s</span>"
            + (words.isEmpty ? "" : "<dl>\(list)</dl>") + "</li>"
    }
}
