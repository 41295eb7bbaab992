// SPDX-License-Identifier: MIT
import DiskStorage
import Glibc
import Synchronization

/// When a directory's file system was last brought to the disk.
final class ReceiptSyncs: Sendable {
    private struct State {
        /// Kept open: the kernel tells each open file of the errors since it was opened.
        var descriptor: Int32 = -1
        /// When the last sync that succeeded began.
        var latest = ContinuousClock.now
        var failure: Int32?
    }

    private let state = Mutex(State())
    private let patience: Duration

    init(within patience: Duration) { self.patience = patience }

    deinit {
        let descriptor = state.withLock(\.descriptor)
        if descriptor >= 0 { close(descriptor) }
    }

    func watch(_ path: String) throws(ReceiptError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ReceiptError(action: "open", path: path, code: errno)
        }
        let before = state.withLock { state in
            defer { state.descriptor = descriptor }
            return state.descriptor
        }
        if before >= 0 { close(before) }
    }

    /// - Throws: when the last sync is too long ago.
    func check(_ path: String) throws(ReceiptError) {
        let (latest, failure) = state.withLock { ($0.latest, $0.failure) }
        guard latest + patience < .now else { return }
        throw ReceiptError(action: "sync", path: path, code: failure ?? ETIMEDOUT)
    }

    func sync(_ path: String) throws(ReceiptError) {
        let started = ContinuousClock.now
        let code = FileSystem.sync(of: state.withLock(\.descriptor))
        state.withLock { state in
            state.failure = code
            if code == nil { state.latest = started }
        }
        if let code { throw ReceiptError(action: "sync", path: path, code: code) }
    }
}
