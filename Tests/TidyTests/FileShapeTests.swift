// SPDX-License-Identifier: MIT

import Testing

@Suite struct FileShapeTests {
    private static let files = SourceTree.sources + SourceTree.tests

    @Test func `no file is longer than 500 lines`() {
        for file in Self.files where !file.isGenerated {
            #expect(file.lines.count <= 501, "\(file)")
        }
    }

    @Test func `no function is longer than 70 lines`() {
        for file in Self.files where !file.isGenerated {
            for (line, length) in Self.functions(file.lines) where length > 70 {
                Issue.record("\(file):\(line + 1) is \(length) lines long")
            }
        }
    }

    @Test func `every file begins with its licence`() {
        for file in Self.files {
            #expect(file.lines.first == "// SPDX-License-Identifier: MIT", "\(file)")
        }
    }

    @Test func `every file ends with one line feed`() {
        for file in Self.files {
            let isRight = file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n")
            #expect(isRight, "\(file)")
        }
    }

    @Test func `functions are measured from their first line to their closing brace`() {
        let text = """
            struct A {
                func short() { 1 }
                func long(
                    a: Int
                ) -> Int {
                    return a
                }
            }
            """
        let functions = Self.functions(text.split(separator: "\n"))
        #expect(functions.map(\.line) == [1, 2])
        #expect(functions.map(\.length) == [1, 5])
    }

    /// The first line of each function, and how many lines it has. Relies on the formatter: a
    /// function's closing brace stands alone at its own indentation.
    private static func functions(_ lines: [Substring]) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (index, line) in lines.enumerated() where isFunction(line.withoutComment) {
            let closing = String(repeating: " ", count: line.indentation) + "}"
            var body = index
            while body < lines.count - 1, isUnfinishedSignature(lines[body], of: line, body > index)
            {
                body += 1
            }
            guard lines[body].hasSuffix("{") else {
                if lines[body].hasSuffix("}") { found.append((index, body - index + 1)) }
                continue
            }
            let end = lines[body...].firstIndex { $0 == closing || $0.hasPrefix(closing + " ") }
            found.append((index, (end ?? lines.count) - index + 1))
        }
        return found
    }

    private static func isFunction(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        let modifiers: Set<Substring> = [
            "package", "public", "private", "fileprivate", "static", "final", "mutating",
            "override", "convenience", "@Test", "@inline(__always)", "consuming", "borrowing",
        ]
        guard let word = words.first(where: { !modifiers.contains($0) }) else { return false }
        return word == "func" || word.hasPrefix("init(") || word.hasPrefix("init?(")
    }

    private static func isUnfinishedSignature(
        _ line: Substring, of first: Substring, _ isContinued: Bool
    ) -> Bool {
        if line.hasSuffix("{") || line.hasSuffix("}") { return false }
        if line.hasSuffix("(") || line.hasSuffix(",") { return true }
        return isContinued && line.indentation > first.indentation
    }
}
