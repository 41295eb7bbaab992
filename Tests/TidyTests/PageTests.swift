// SPDX-License-Identifier: MIT

import Foundation
import TestSupport
import Testing

@Suite struct PageTests {
    @Test func `no page links to a file that is not there`() {
        for page in SourceTree.pages {
            let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
            for link in Self.links(page.text) {
                let path = link.split(separator: "#", omittingEmptySubsequences: false).first ?? ""
                guard !path.isEmpty, !path.contains("://"), !path.hasPrefix("mailto:") else {
                    continue
                }
                let target = URL(filePath: "/" + folder).appending(path: String(path)).standardized
                #expect(SourceTree.exists(String(target.path.dropFirst())), "\(page): \(link)")
            }
        }
    }

    @Test func `the page of costs says what its counts come to`() async throws {
        let check = try ToolProcess(script: "scripts/cost", ["--check"])
        #expect(await check.end() == 0, "\(check.lines.joined(separator: "\n"))")
    }

    /// The targets of `[text](target)`, code left out.
    private static func links(_ text: String) -> [Substring] {
        var links: [Substring] = []
        var isInCode = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("```") { isInCode.toggle() }
            guard !isInCode else { continue }
            // Every second part lies between back-ticks.
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            for part in parts.indices where part % 2 == 0 {
                for piece in parts[part].split(separator: "](").dropFirst() {
                    if let end = piece.firstIndex(of: ")") { links.append(piece[..<end]) }
                }
            }
        }
        return links
    }
}
