// SPDX-License-Identifier: MIT
import Glibc

/// Receipts as files: whole or not there, and on disk once `write` has returned.
struct ReceiptDirectory: Sendable {
    let path: String

    /// Makes the directory when it does not exist.
    func prepare() throws(ReceiptError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw ReceiptError(action: "make", path: path, code: errno)
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw ReceiptError(action: "write to", path: path, code: errno)
        }
    }

    /// Writes a file under a name of its own, syncs it, gives it its name, syncs the directory.
    ///
    /// Harmless to repeat with the same bytes.
    /// - Throws: `ReceiptError`; the file is then as it was before.
    func write(_ bytes: [UInt8], to name: String) throws(ReceiptError) {
        let target = "\(path)/\(name)"
        let directory = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
        if mkdir(directory, 0o755) == 0 {
            try sync(directory: path)
        } else if errno != EEXIST {
            throw ReceiptError(action: "make", path: directory, code: errno)
        }
        // The process id keeps two daemons that write the same receipt apart.
        let draft = "\(target).\(getpid()).tmp"
        try writeDurably(bytes, to: draft)
        guard rename(draft, target) == 0 else {
            throw ReceiptError(action: "rename", path: draft, code: errno)
        }
        try sync(directory: directory)
    }

    private func writeDurably(_ bytes: [UInt8], to draft: String) throws(ReceiptError) {
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ReceiptError(action: "create", path: draft, code: errno)
        }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { all in
                Glibc.write(descriptor, all.baseAddress.map { $0 + offset }, all.count - offset)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw ReceiptError(action: "write", path: draft, code: errno)
            }
            offset += written
        }
        guard fsync(descriptor) == 0 else {
            throw ReceiptError(action: "sync", path: draft, code: errno)
        }
    }

    private func sync(directory: String) throws(ReceiptError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ReceiptError(action: "open", path: directory, code: errno)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw ReceiptError(action: "sync", path: directory, code: errno)
        }
    }
}

/// What the disk refused.
struct ReceiptError: Error, Equatable, CustomStringConvertible {
    let action: String
    let path: String
    let code: Int32

    var description: String { "cannot \(action) \(path): \(String(cString: strerror(code)))" }
}
