// SPDX-License-Identifier: MIT

import Foundation

/// The files of this package, as they lie on the disk.
enum SourceTree {
    struct File: Sendable, CustomStringConvertible {
        /// From the package's root: `Sources/Broker/BrokerService.swift`.
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// `BrokerService.swift`.
        var name: String { path.split(separator: "/").last.map(String.init) ?? path }
        /// `Broker`, of a file in Sources or Tests.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var isGenerated: Bool { path.contains("/Generated/") }
        var description: String { path }
    }

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(under: "Sources", ending: ".swift")
    static let tests = files(under: "Tests", ending: ".swift")
    static let manifest = text(at: "Package.swift") ?? ""
    static let pages =
        files(under: "docs", ending: ".md") + files(under: "protocol", ending: ".md")
        + files(under: "deploy", ending: ".md") + files(under: "Benchmarks", ending: ".md")
        + [File(path: "README.md", text: text(at: "README.md") ?? "")]

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func text(at path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func files(under folder: String, ending suffix: String) -> [File] {
        let folderURL = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: folderURL.path)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted()
            .compactMap { name in
                text(at: folder + "/" + name).map { File(path: folder + "/" + name, text: $0) }
            }
    }
}

extension Substring {
    /// The line without what follows `//`; good enough where no string holds two slashes that matter.
    var withoutComment: Substring {
        guard let start = firstRange(of: "//") else { return self }
        return self[..<start.lowerBound]
    }

    /// Spaces at the beginning.
    var indentation: Int { prefix { $0 == " " }.count }
}
