// SPDX-License-Identifier: MIT
import Foundation

/// Which file a process runs.
enum ProgramPath {
    /// Nil when there is no such process, or it is somebody else's.
    static func of(_ process: Int32) -> String? { target(of: "/proc/\(process)/exe") }

    /// The directory of this program; the daemons lie beside it.
    static var directory: String {
        let path = target(of: "/proc/self/exe") ?? CommandLine.arguments[0]
        return URL(filePath: path).deletingLastPathComponent().path
    }

    private static func target(of link: String) -> String? {
        // A link that cannot be read names nothing: the caller's fallback is the answer.
        try? FileManager.default.destinationOfSymbolicLink(atPath: link)
    }
}
