// SPDX-License-Identifier: MIT

/// One file that the schema determines.
package struct GeneratedFile: Equatable, Sendable {
    /// Path from the top of the repository.
    package let path: String
    package let text: String
}

extension Schema {
    /// Every file that follows from the schema: codecs in Swift, tables in Markdown, golden frames.
    ///
    /// - Parameter checksum: CRC32C.
    package func generatedFiles(checksum: ([UInt8]) -> UInt32) -> [GeneratedFile] {
        SwiftEmitter(schema: self).files() + ReferenceEmitter(schema: self).files()
            + withoutActuallyEscaping(checksum) {
                VectorEmitter(schema: self, checksum: $0).files()
            }
    }
}
