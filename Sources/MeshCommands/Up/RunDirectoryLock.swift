// SPDX-License-Identifier: MIT
import Glibc

/// Proof that no other mesh runs in a directory; given up with the object, or with the process,
/// however that ends.
final class RunDirectoryLock: Sendable {
    static let fileName = "lock"

    private let descriptor: Int32

    /// - Throws: `CommandError` when a mesh runs there, or what is left of one.
    init(_ layout: MeshLayout) throws {
        let path = layout.runDirectory + "/" + Self.fileName
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError("cannot write \(path): \(ErrorText.of(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError(
                "a mesh runs in \(layout.runDirectory) already; stop it, or name another --run-dir")
        }
        // Its supervisor is gone, or this lock would be held; killed with -9, most likely.
        if let (daemon, process) = layout.survivor() {
            close(descriptor)
            throw CommandError(
                "\(daemon) of an earlier mesh in \(layout.runDirectory) still runs as process "
                    + "\(process); end it first")
        }
    }

    deinit { close(descriptor) }
}

extension MeshLayout {
    /// A daemon whose process file names a process that lives and is that daemon.
    fileprivate func survivor() -> (MeshDaemon, Int32)? {
        for daemon in MeshDaemon.allCases {
            guard let process = process(of: daemon),
                let program = ProgramPath.of(process), program.hasSuffix("/" + daemon.rawValue)
            else { continue }
            return (daemon, process)
        }
        return nil
    }
}
