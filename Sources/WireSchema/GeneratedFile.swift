// SPDX-License-Identifier: MIT

/// One file that the schema determines.
package struct GeneratedFile: Equatable, Sendable {
    /// Path from the top of the repository.
    package let path: String
    package let text: String
}

extension Schema {
    /// Every file that follows from the schema: codecs in Swift, tables in Markdown.
    package func generatedFiles() -> [GeneratedFile] {
        SwiftEmitter(schema: self).files() + ReferenceEmitter(schema: self).files()
    }
}
