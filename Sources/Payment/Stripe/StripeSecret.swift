// SPDX-License-Identifier: MIT
import Daemon
import FoundationEssentials

/// A key that opens money, which no description shows.
package struct StripeSecret: Sendable, Equatable {
    let text: String

    /// - Parameter text: spaces and line ends around it are not part of it.
    package init(_ text: String) {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        self.text = String(text)
    }

    /// Reads `<name>`, or the file that `<name>File` names; one of them at most.
    ///
    /// - Returns: nil when neither is set, or it is not wanted.
    init?(
        from reader: SettingsReader, _ name: String, prefixes: [String], isWanted: Bool
    ) throws(ConfigurationError) {
        let direct = reader.optionalSecret(name).flatMap { $0.isEmpty ? nil : $0 }
        let path = reader.optionalText(name + "File").flatMap { $0.isEmpty ? nil : $0 }
        guard isWanted else { return nil }
        guard direct == nil || path == nil else {
            throw ConfigurationError(
                .outOfBounds, key: reader.fullKey(name + "File"),
                "is set together with \(reader.fullKey(name)): only one can be meant")
        }
        if let direct {
            self.init(direct)
        } else if let path {
            self.init(try Self.contents(of: path))
        } else {
            return nil
        }
        guard prefixes.contains(where: self.text.hasPrefix),
            self.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            // Never the text itself: it may be a secret of another kind.
            throw ConfigurationError(
                .malformed, key: reader.fullKey(path == nil ? name : name + "File"),
                "does not hold a secret that begins with \(prefixes.joined(separator: " or "))")
        }
    }

    private static func contents(of path: String) throws(ConfigurationError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        } catch {
            let isMissing = (error as? CocoaError)?.code == .fileReadNoSuchFile
            throw ConfigurationError(
                .unreadableFile, key: path, isMissing ? "is not there" : "cannot be read")
        }
    }
}

extension StripeSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    /// `dump` looks past descriptions.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
