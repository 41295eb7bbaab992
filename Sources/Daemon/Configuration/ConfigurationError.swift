// SPDX-License-Identifier: MIT

/// Why a daemon did not accept its configuration; thrown before a door is opened.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// A file cannot be read, or is not what it must be: a JSON object, a certificate, a key.
        case unreadableFile = "unreadable_file"
        /// A key that no part of this daemon reads: most often a slip of the pen.
        case unknownKey = "unknown_key"
        /// A required key is set nowhere.
        case missing
        /// The text is not of the kind that the key takes.
        case malformed
        /// Well formed, but beyond its bounds or in conflict with another key.
        case outOfBounds = "out_of_bounds"
    }

    package let code: Code
    /// The key in its dotted form (`listen.port`), or the path of a file.
    package let key: String
    package let message: String

    package init(_ code: Code, key: String, _ message: String) {
        self.code = code
        self.key = key
        self.message = message
    }

    package var description: String { "\(key): \(message) (\(code.rawValue))" }
}
