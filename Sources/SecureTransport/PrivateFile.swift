// SPDX-License-Identifier: MIT

import Glibc

/// A small file that appears whole or not at all, and survives a loss of power once written.
enum PrivateFile {
    /// Writes beside the target, syncs, renames over it and syncs the directory.
    /// - Parameter mode: the permissions; keys take 0600.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(TLSError) {
        let temporary = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("creating", temporary) }
        do throws(TLSError) {
            defer { close(descriptor) }
            try fill(descriptor, with: bytes, path: temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let error = failure("renaming", temporary)
            unlink(temporary)
            throw error
        }
        try synchronizeDirectory(of: path)
    }

    /// All bytes of a file.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw failure("reading", path) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Makes the directory if it is not there, for its owner only.
    static func makeDirectory(_ path: String) throws(TLSError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("making", path) }
    }

    private static func fill(_ descriptor: Int32, with bytes: [UInt8], path: String)
        throws(TLSError)
    {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("writing", path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("syncing", path) }
    }

    private static func synchronizeDirectory(of path: String) throws(TLSError) {
        let end = path.lastIndex(of: "/")
        let directory = end.map { String(path[..<$0]) } ?? "."
        let descriptor = open(
            directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("syncing", directory) }
    }

    private static func failure(_ action: String, _ path: String) -> TLSError {
        TLSError(.configuration, "\(action) \(path): \(String(cString: strerror(errno)))")
    }
}
