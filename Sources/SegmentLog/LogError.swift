// SPDX-License-Identifier: MIT

/// Why a log cannot be read, or written any further. Names the file and the offset in it.
package struct LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: Hashable, Sendable {
        /// Bytes that were durable are not what was written.
        case damaged
        /// A segment between two others is not there.
        case missingSegment
        /// The segment belongs to another log.
        case foreign
        /// Written by a later version of this code.
        case unsupportedVersion
        /// The checksums hold, but the record cannot be what follows those before it.
        case inconsistent
        /// The storage failed.
        case storage(StorageError)
    }

    package let code: Code
    package let file: String
    package let offset: Int
    package let message: String

    package init(_ code: Code, file: String, offset: Int, _ message: String) {
        self.code = code
        self.file = file
        self.offset = offset
        self.message = message
    }

    package init(_ cause: StorageError) {
        self.init(.storage(cause), file: cause.file, offset: 0, "\(cause)")
    }

    package var description: String { "\(file) at offset \(offset): \(message)" }
}
