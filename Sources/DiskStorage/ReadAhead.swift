// SPDX-License-Identifier: MIT
import Dispatch
import Glibc

/// Has the page cache filled by another thread with files that are about to be read, one after the
/// other: the disk works while the reader does.
final class ReadAhead: Sendable {
    private let queue = DispatchQueue(label: "read-ahead")

    private static let stepByteCount = 1 << 20

    /// Reads the file at `path` and keeps nothing. An error is none yet: whoever reads the file for
    /// its contents meets it too.
    func warm(_ path: String) {
        queue.async {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return }
            defer { close(file) }
            let step = UnsafeMutableRawPointer.allocate(
                byteCount: Self.stepByteCount, alignment: 4096)
            defer { step.deallocate() }
            while read(file, step, Self.stepByteCount) > 0 {}
        }
    }
}
