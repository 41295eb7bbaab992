// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// What happened in a run and when, in a file of the run directory and, what is for people, on
/// standard error.
final class ChaosLog: Sendable {
    private let begin = ContinuousClock.now
    private let file: Mutex<FileHandle>

    init(path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError("cannot write \(path): \(ErrorText.of(errno))")
        }
        file = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    /// Into the file alone.
    func note(_ line: String) {
        let seconds = ((ContinuousClock.now - begin) / .milliseconds(1)).rounded() / 1000
        let text = Data("\(seconds) \(line)\n".utf8)
        file.withLock { $0.write(text) }
    }

    /// Into the file and to whoever watches.
    func say(_ line: String) {
        note(line)
        FileHandle.standardError.write(Data("chaos: \(line)\n".utf8))
    }
}
