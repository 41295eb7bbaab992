// SPDX-License-Identifier: MIT

import Testing

@Suite struct NameTests {
    private static let banned: Set = [
        "Common", "Core", "Shared", "Utils", "Util", "Utilities", "Helper", "Helpers", "Manager",
        "Models", "Impl", "New", "Misc",
    ]

    @Test func `no file or target has a name that says nothing`() {
        for file in SourceTree.sources + SourceTree.tests {
            for part in file.path.split(whereSeparator: { "/+.".contains($0) }) {
                #expect(Self.words(part).isDisjoint(with: Self.banned), "\(file)")
            }
        }
        for target in TargetGraph(manifest: SourceTree.manifest).targets.keys {
            #expect(Self.words(target[...]).isDisjoint(with: Self.banned), "\(target)")
        }
    }

    @Test func `no type has a name that says nothing`() {
        for file in SourceTree.sources + SourceTree.tests {
            for type in Self.types(file) {
                #expect(Self.words(type).isDisjoint(with: Self.banned), "\(type) in \(file)")
            }
        }
    }

    @Test func `no type has its module's name`() {
        for file in SourceTree.sources {
            for type in Self.types(file) {
                #expect(type != file.target, "\(type) in \(file)")
            }
        }
    }

    /// The words of a name in camel case: `TLSHandler` is `TLSHandler`, `QueueManager` is two.
    private static func words(_ name: Substring) -> Set<String> {
        var words: [String] = [""]
        for character in name {
            let isStart = character.isUppercase && words[words.count - 1].last?.isLowercase == true
            if isStart { words.append("") }
            words[words.count - 1].append(character)
        }
        return Set(words)
    }

    private static func types(_ file: SourceTree.File) -> [Substring] {
        let kinds: Set<Substring> = ["struct", "class", "enum", "actor", "protocol"]
        return file.lines.compactMap { line in
            let words = line.withoutComment.split(separator: " ")
            guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count,
                words[..<kind].allSatisfy({ $0.first?.isLowercase == true || $0.first == "@" })
            else { return nil }
            return words[kind + 1].prefix { $0.isLetter || $0.isNumber }
        }
    }
}
