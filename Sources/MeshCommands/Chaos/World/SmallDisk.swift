// SPDX-License-Identifier: MIT
import Foundation

/// A file system of its own over a directory, which can be filled to the last byte. Root alone can
/// mount one; in a mount namespace of the run it is gone with it.
struct SmallDisk: Sendable {
    private let directory: String
    private let image: String

    private var ballast: String { directory + "/ballast" }

    /// Makes an image beside `directory` and mounts it there; only what is used takes room.
    init(over directory: String, byteCount: Int) throws {
        self.directory = directory
        image = directory + ".image"
        try ShellCommand.run(
            "truncate -s \(byteCount) '\(image)' && mkfs.ext4 -q -m 0 -i 8192 '\(image)' && "
                + "mount -o loop '\(image)' '\(directory)' && rmdir '\(directory)/lost+found'")
    }

    /// Takes all the room that is left.
    func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        var step = 64 << 20
        var offset = lseek(descriptor, 0, SEEK_END)
        // Others write meanwhile: half of what did not fit may fit.
        while step >= 4096 {
            let code = posix_fallocate(descriptor, offset, step)
            switch code {
            case 0: offset += step
            case ENOSPC: step /= 2
            case EINTR: continue
            default: throw CommandError("cannot fill \(directory): \(ErrorText.of(code))")
            }
        }
    }

    func empty() throws {
        guard unlink(ballast) == 0 || errno == ENOENT else { throw failure("empty") }
    }

    func unmount() throws {
        try ShellCommand.run("umount '\(directory)'")
        guard unlink(image) == 0 else { throw failure("remove the image of") }
    }

    private func failure(_ action: String) -> CommandError {
        CommandError("cannot \(action) \(directory): \(ErrorText.of(errno))")
    }
}
