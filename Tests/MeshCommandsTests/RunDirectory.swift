// SPDX-License-Identifier: MIT
import Foundation

/// A directory of a test's own, removed behind it.
enum RunDirectory {
    static func with(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/mesh-run-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }
}
