// SPDX-License-Identifier: MIT
import CLinux
import Glibc
package import SegmentLog

/// A log's directory on a real disk, held by this process alone.
package final class DiskDirectory: SegmentStorage {
    private let path: String
    private let descriptor: FileDescriptor
    private let lock: FileDescriptor?
    private let readAhead = ReadAhead()
    /// Whether files are written past the page cache; found out once, when the directory is opened.
    package let isDirect: Bool

    private static let lockName = "lock"
    private static let probeName = "probe"
    /// What lies in the directory and is not the log's; `clock` is the owner's.
    private static let foreignNames: Set = [".", "..", lockName, probeName, "clock"]

    /// Opens the directory `path`, makes it if need be, and locks it until the object is gone.
    ///
    /// - Throws: `lock` when another process holds it.
    package init(_ path: String) throws(StorageError) {
        self.path = path
        try Self.makeDirectories(path)
        descriptor = try FileDescriptor(
            Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .open, file: path)
        let lock = try FileDescriptor(
            mesh_open_buffered("\(path)/\(Self.lockName)", true), .lock, file: Self.lockName)
        self.lock = lock
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError(.lock, file: "\(path)/\(Self.lockName)", number: errno)
        }
        isDirect = try Self.probe("\(path)/\(Self.probeName)")
    }

    /// Opens a directory that is there, to be read alone; whoever writes to it goes on.
    package init(reading path: String) throws(StorageError) {
        self.path = path
        descriptor = try FileDescriptor(
            Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .open, file: path)
        lock = nil
        isDirect = false
    }

    /// Lets another process have the directory; nothing may be written any more.
    package func unlock() {
        if let lock { flock(lock.number, LOCK_UN) }
    }

    package func fileNames() throws(StorageError) -> [String] {
        guard let stream = opendir(path) else {
            throw StorageError(.list, file: path, number: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !Self.foreignNames.contains(name) { names.append(name) }
        }
        return names
    }

    package func willRead(_ name: String) { readAhead.warm("\(path)/\(name)") }

    package func openFile(_ name: String) throws(StorageError) -> any SegmentFile {
        try DiskFile("\(path)/\(name)", name: name, isDirect: isDirect, create: false)
    }

    package func createFile(
        _ name: String, byteCount: Int
    ) throws(StorageError) -> any SegmentFile {
        try DiskFile.writeZeros(
            "\(path)/\(name)", name: name, byteCount: byteCount, isDirect: isDirect)
        return try openFile(name)
    }

    package func renameFile(_ name: String, to newName: String) throws(StorageError) {
        guard rename("\(path)/\(name)", "\(path)/\(newName)") == 0 else {
            throw StorageError(.rename, file: name, number: errno)
        }
    }

    package func removeFile(_ name: String) throws(StorageError) {
        guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw StorageError(.remove, file: name, number: errno)
        }
    }

    package func synchronizeDirectory() throws(StorageError) {
        guard fsync(descriptor.number) == 0 else {
            throw StorageError(.synchronize, file: path, number: errno)
        }
    }

    private static func makeDirectories(_ path: String) throws(StorageError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += part + "/"
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw StorageError(.create, file: prefix, number: errno)
            }
        }
    }

    /// Some file systems open a file directly and refuse the first write: only a write tells. The file
    /// stays, so that it can be written when the disk is full.
    private static func probe(_ path: String) throws(StorageError) -> Bool {
        let number = mesh_open_direct(path, true)
        guard number >= 0 else { return false }
        let file = try FileDescriptor(number, .open, file: probeName)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0)
        return pwrite(file.number, block.baseAddress, block.count, 0) == block.count
    }
}
