// SPDX-License-Identifier: MIT
import Glibc

/// The source tree that the tests were built from.
package struct SourceTree {
    /// A file that a test needs is not there.
    package struct Missing: Error {
        package let path: String
    }

    /// The absolute path of `path`, which is relative to the package's directory.
    package static func path(of path: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/" + path
    }

    /// The text of the file at `path`, relative to the package's directory. At most 1 MiB.
    package static func text(of path: String) throws(Missing) -> String {
        guard let file = fopen(self.path(of: path), "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
