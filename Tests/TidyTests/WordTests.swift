// SPDX-License-Identifier: MIT

import Testing

@Suite struct WordTests {
    /// Whatever this suite looks for stands in it too.
    private static let files = (SourceTree.sources + SourceTree.tests).filter {
        $0.target != "TidyTests"
    }

    @Test(arguments: ["Task {", "Task.detached", "try!", "fatalError(", "as! "])
    func `no code holds`(word: String) {
        for file in Self.files where file.text.contains(word) {
            for (index, line) in file.lines.enumerated() {
                #expect(!Self.holds(line, word), "\(file):\(index + 1)")
            }
        }
    }

    @Test func `what the compiler does not check says why it is safe`() {
        for file in Self.files {
            let lines = file.lines
            for (index, line) in lines.enumerated() {
                let code = line.withoutComment
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)")
                else { continue }
                let above = lines[max(0, index - 12)...index]
                #expect(above.contains { $0.contains("SAFETY:") }, "\(file):\(index + 1)")
            }
        }
    }

    @Test func `no test sleeps`() {
        for file in SourceTree.tests where file.target != "TidyTests" {
            for (index, line) in file.lines.enumerated() {
                let code = line.withoutComment
                let sleeps = code.contains("Task.sleep") || code.contains("usleep(")
                #expect(!sleeps, "\(file):\(index + 1)")
            }
        }
    }

    @Test func `something left to do has an issue`() {
        for file in Self.files {
            for (index, line) in file.lines.enumerated() {
                let isOpen = line.contains("FIXME")
                let hasTODO = line.contains("TODO") && !line.contains("TODO(#")
                #expect(!isOpen && !hasTODO, "\(file):\(index + 1)")
            }
        }
    }

    private static func holds(_ line: Substring, _ word: String) -> Bool {
        let code = line.withoutComment
        guard let found = code.firstRange(of: word) else { return false }
        // `preconditionFailureTask {` is not `Task {`.
        guard found.lowerBound > code.startIndex else { return true }
        let before = code[code.index(before: found.lowerBound)]
        return !before.isLetter && before != "."
    }
}
