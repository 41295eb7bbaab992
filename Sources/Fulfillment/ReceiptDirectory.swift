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

    /// One file to write, its name relative to the directory.
    struct File {
        let name: String
        let bytes: [UInt8]
    }

    /// Drafts that are open at the same time.
    private static let openCountMax = 64

    /// Writes the files under names of their own, syncs them, gives them their names, syncs each
    /// directory once: an order's share of what the disk has to do is small in a large batch.
    ///
    /// Harmless to repeat with the same bytes.
    /// - Precondition: the names differ.
    /// - Returns: what the disk refused, by name; such a file is as it was before, or lies there whole.
    func write(_ files: [File]) -> [String: ReceiptError] {
        var refused: [String: ReceiptError] = [:]
        for start in stride(from: 0, to: files.count, by: Self.openCountMax) {
            let end = min(start + Self.openCountMax, files.count)
            refused.merge(writeDrafts(of: files[start..<end])) { first, _ in first }
        }
        var named: [String: [String]] = [:]
        for file in files where refused[file.name] == nil {
            guard rename(draft(of: file.name), "\(path)/\(file.name)") == 0 else {
                refused[file.name] = ReceiptError(
                    action: "rename", path: draft(of: file.name), code: errno)
                continue
            }
            named[directory(of: file.name), default: []].append(file.name)
        }
        for (directory, names) in named {
            do throws(ReceiptError) {
                try sync(directory: directory)
            } catch {
                for name in names { refused[name] = error }
            }
        }
        return refused
    }

    /// The process id keeps two daemons that write the same receipt apart.
    private func draft(of name: String) -> String { "\(path)/\(name).\(getpid()).tmp" }

    private func directory(of name: String) -> String {
        let target = "\(path)/\(name)"
        return String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
    }

    private func writeDrafts(of files: ArraySlice<File>) -> [String: ReceiptError] {
        var refused: [String: ReceiptError] = [:]
        var drafts: [(name: String, descriptor: Int32)] = []
        defer { for one in drafts { close(one.descriptor) } }
        for file in files {
            do throws(ReceiptError) {
                try prepare(directory: directory(of: file.name))
                drafts.append((file.name, try open(draft: draft(of: file.name))))
                try write(file.bytes, to: draft(of: file.name), drafts[drafts.count - 1].descriptor)
            } catch {
                refused[file.name] = error
            }
        }
        let failures = SideBySide.syncFiles(drafts.map(\.descriptor))
        for (index, code) in failures {
            let name = drafts[index].name
            refused[name] = ReceiptError(action: "sync", path: draft(of: name), code: code)
        }
        return refused
    }

    private func prepare(directory: String) throws(ReceiptError) {
        if mkdir(directory, 0o755) == 0 {
            try sync(directory: path)
        } else if errno != EEXIST {
            throw ReceiptError(action: "make", path: directory, code: errno)
        }
    }

    private func open(draft: String) throws(ReceiptError) -> Int32 {
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ReceiptError(action: "create", path: draft, code: errno)
        }
        return descriptor
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

    private func sync(directory: String) throws(ReceiptError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ReceiptError(action: "open", path: directory, code: errno)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw ReceiptError(action: "sync", path: directory, code: errno)
        }
    }
}
