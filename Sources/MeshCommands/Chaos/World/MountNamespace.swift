// SPDX-License-Identifier: MIT
import Foundation

/// A mount namespace of this process, so that what it mounts is nobody else's and gone with it.
enum MountNamespace {
    /// Told to ourselves across the exec.
    private static let mark = "MESH_CHAOS_NAMESPACE"

    /// Starts this program anew, as the same process, in a namespace of its own; the call comes back
    /// at once in a process that is there already.
    ///
    /// - Returns: whether it is in one; only root can be.
    static func enter() throws -> Bool {
        if ProcessInfo.processInfo.environment[mark] != nil { return true }
        guard getuid() == 0,
            try ShellCommand.status(of: "unshare --mount true && test -e /dev/loop-control") == 0
        else { return false }
        let program = ProgramPath.of(getpid()) ?? CommandLine.arguments[0]
        let words =
            ["unshare", "--mount", "--propagation", "private", program]
            + CommandLine.arguments.dropFirst()
        setenv(mark, "1", 1)
        execvp("unshare", words.map { strdup($0) } + [nil])
        throw CommandError("cannot start unshare: \(ErrorText.of(errno))")
    }
}
