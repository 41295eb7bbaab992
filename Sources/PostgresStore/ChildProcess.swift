// SPDX-License-Identifier: MIT
import Glibc

/// A program started by us, its standard input a pipe from us, in a process group of its own.
struct ChildProcess {
    let pid: pid_t
    /// The writing end of its input. Not inherited by other children.
    let input: Int32

    /// - Parameter arguments: the first is the program's path.
    static func spawn(_ arguments: [String]) throws(PostgresError) -> ChildProcess {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw PostgresError(.unavailable, "no pipe: errno \(errno)")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, ends[0], 0)
        // It may outlive us for a moment: whoever reads our output must not have to wait for it.
        for output in [Int32(1), 2] {
            posix_spawn_file_actions_addopen(&files, output, "/dev/null", O_WRONLY, 0)
        }
        for inherited in Int32(3)..<1024 {
            posix_spawn_file_actions_addclose(&files, inherited)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: the interrupt key of a terminal reaches us, and we end the server.
        // No signal blocked, whatever this thread blocks: a shell waits for SIGCHLD.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, arguments[0], &files, &attributes, words, environ)
        close(ends[0])
        guard status == 0 else {
            close(ends[1])
            throw PostgresError(.unavailable, "cannot start \(arguments[0]): errno \(status)")
        }
        return ChildProcess(pid: pid, input: ends[1])
    }

    /// Closes its input and waits for its end; true when it exited with zero.
    func waitForSuccess() -> Bool {
        close(input)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return false }
        }
        return status == 0
    }
}
