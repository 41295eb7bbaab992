// SPDX-License-Identifier: MIT
import Glibc

/// Receipts as files: whole or not there.
///
/// A file is not on the disk when `write` returns: the database can make each receipt again, and what
/// was written since the last sync of all is looked through after a crash (ADR 0012). A directory that
/// is not synced any more takes no files.
package struct ReceiptDirectory: Sendable {
    let path: String
    private let syncs: ReceiptSyncs

    /// - Parameter syncedWithin: how long ago the last sync may be when files are written.
    package init(path: String, syncedWithin: Duration = .seconds(60)) {
        self.path = path
        syncs = ReceiptSyncs(within: syncedWithin)
    }

    /// Makes the directory when it does not exist.
    package func prepare() throws(ReceiptError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw ReceiptError(action: "make", path: path, code: errno)
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw ReceiptError(action: "write to", path: path, code: errno)
        }
        try syncs.watch(path)
    }

    /// One file to write, its name relative to the directory.
    package struct File: Sendable {
        package let name: String
        package let bytes: [UInt8]
        /// Whether it is on the disk before it has its name.
        let isSynced: Bool

        package init(name: String, bytes: [UInt8], isSynced: Bool = false) {
            self.name = name
            self.bytes = bytes
            self.isSynced = isSynced
        }
    }

    /// Writes each file under a name of its own, and gives it its name.
    ///
    /// Harmless to repeat with the same bytes.
    /// - Precondition: the names differ.
    /// - Returns: what was refused, by name; such a file is as it was before.
    package func write(_ files: [File]) -> [String: ReceiptError] {
        var refused: [String: ReceiptError] = [:]
        for file in files {
            do throws(ReceiptError) {
                try syncs.check(path)
                try write(file)
            } catch {
                refused[file.name] = error
            }
        }
        return refused
    }

    /// Brings all that was written before to the disk, whoever wrote it. Blocks.
    ///
    /// - Throws: also when something could not be brought there since the last time: it may be lost,
    ///   although it can still be read.
    package func sync() throws(ReceiptError) { try syncs.sync(path) }

    /// The bytes of a file; nil when there is none.
    package func read(_ name: String) throws(ReceiptError) -> [UInt8]? {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw ReceiptError(action: "open", path: file, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let count = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { room in
                let count = Glibc.read(descriptor, room.baseAddress, room.count)
                if count > 0 { bytes += room[..<count] }
                return count
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ReceiptError(action: "read", path: file, code: errno)
            }
            if count == 0 { return bytes }
        }
    }

    // MARK: - One file

    private func write(_ file: File) throws(ReceiptError) {
        let target = "\(path)/\(file.name)"
        // The process id keeps two daemons that write the same receipt apart.
        let draft = "\(target).\(getpid()).tmp"
        let descriptor = try create(draft, in: target)
        defer { close(descriptor) }
        do throws(ReceiptError) {
            try write(file.bytes, to: draft, descriptor)
            guard !file.isSynced || fsync(descriptor) == 0 else {
                throw ReceiptError(action: "sync", path: draft, code: errno)
            }
            guard rename(draft, target) == 0 else {
                throw ReceiptError(action: "rename", path: draft, code: errno)
            }
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Opens `draft`; makes the directory of `target` first when it is a day's first receipt.
    private func create(_ draft: String, in target: String) throws(ReceiptError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = open(draft, flags, 0o644)
        if descriptor >= 0 { return descriptor }
        guard errno == ENOENT else {
            throw ReceiptError(action: "create", path: draft, code: errno)
        }
        let directory = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
            throw ReceiptError(action: "make", path: directory, code: errno)
        }
        let second = open(draft, flags, 0o644)
        guard second >= 0 else { throw ReceiptError(action: "create", path: draft, code: errno) }
        return second
    }

    private func write(
        _ bytes: [UInt8], to draft: String, _ descriptor: Int32
    ) throws(ReceiptError) {
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
    }
}
