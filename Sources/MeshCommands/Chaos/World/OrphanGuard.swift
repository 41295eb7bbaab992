// SPDX-License-Identifier: MIT
import Foundation

/// Sees to it that no daemon outlives us: a shell that waits for our end, however that comes, and
/// then ends what is named in the process files. A clean end leaves none of these.
final class OrphanGuard: Sendable {
    private let shell: ChildProgram
    private let lifeline: Pipe

    private static let script = """
        trap '' INT TERM HUP
        read -r _
        for file in "$0"/*.pid; do
            [ -e "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null
        done
        exit 0
        """

    init(of layout: MeshLayout) throws {
        lifeline = try Pipe.lifeline()
        shell = try ChildProgram(
            executable: "/bin/sh", arguments: ["-c", Self.script, layout.runDirectory],
            environment: ProcessInfo.processInfo.environment,
            logFile: layout.logs + "/guard.log", lifeline: lifeline)
    }

    /// Lets it go, after a clean end.
    func dismiss() {
        // Closed or not, it ends with us.
        try? lifeline.fileHandleForWriting.close()
    }
}
