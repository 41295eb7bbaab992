// SPDX-License-Identifier: MIT
import CLinux
import Glibc
import SegmentLog

/// A segment on a real disk.
///
/// Written past the page cache where the file system can do that: then a write is durable when it
/// returns, and a reader that goes through the cache still sees it, since the kernel drops what it
/// held of those pages.
final class DiskFile: SegmentFile {
    private let name: String
    private let writing: FileDescriptor
    private let reading: FileDescriptor
    private let isDirect: Bool

    init(_ path: String, name: String, isDirect: Bool, create: Bool) throws(StorageError) {
        self.name = name
        self.isDirect = isDirect
        let number = isDirect ? mesh_open_direct(path, create) : mesh_open_buffered(path, create)
        writing = try FileDescriptor(number, .open, file: name)
        reading = try FileDescriptor(Glibc.open(path, O_RDONLY | O_CLOEXEC), .open, file: name)
    }

    var byteCount: Int {
        get throws(StorageError) {
            var status = stat()
            guard fstat(reading.number, &status) == 0 else {
                throw StorageError(.read, file: name, number: errno)
            }
            return Int(status.st_size)
        }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        while true {
            let count = pread(reading.number, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw StorageError(.read, file: name, number: errno) }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        try Self.write(bytes, to: writing, at: offset, file: name)
    }

    func synchronize() throws(StorageError) {
        if isDirect { return }
        guard fdatasync(writing.number) == 0 else {
            throw StorageError(.synchronize, file: name, number: errno)
        }
    }

    func truncate(to byteCount: Int) throws(StorageError) {
        guard ftruncate(writing.number, off_t(byteCount)) == 0, fsync(writing.number) == 0 else {
            throw StorageError(.truncate, file: name, number: errno)
        }
    }

    /// Makes a file of zeros. Written, not only allocated: a first write into a block that is
    /// merely allocated costs the file system another write, at the worst moment. Directly where that
    /// can be done, so that no zeros go through the page cache, and are thrown out of it again by the
    /// records.
    static func writeZeros(
        _ path: String, name: String, byteCount: Int, isDirect: Bool
    ) throws(StorageError) {
        let isWholeBlocks = byteCount % zeroAlignment == 0
        let number =
            isDirect && isWholeBlocks
            ? mesh_open_direct_unsynchronized(path, true) : mesh_open_buffered(path, true)
        let file = try FileDescriptor(number, .create, file: name)
        let reserved = posix_fallocate(file.number, 0, off_t(byteCount))
        guard reserved == 0 || reserved == EOPNOTSUPP || reserved == EINVAL else {
            throw StorageError(.create, file: name, number: reserved)
        }
        let zeros = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(byteCount, zeroByteCount), alignment: zeroAlignment)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        var offset = 0
        while offset < byteCount {
            let part = UnsafeRawBufferPointer(
                rebasing: zeros[0..<min(zeros.count, byteCount - offset)])
            try write(part, to: file, at: offset, file: name)
            offset += part.count
        }
        guard fsync(file.number) == 0 else {
            throw StorageError(.synchronize, file: name, number: errno)
        }
    }

    /// Zeros are written in steps of this.
    private static let zeroByteCount = 1 << 20
    private static let zeroAlignment = 4096

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: FileDescriptor, at offset: Int, file: String
    ) throws(StorageError) {
        var rest = bytes
        var offset = offset
        while rest.count > 0 {
            let count = pwrite(descriptor.number, rest.baseAddress, rest.count, off_t(offset))
            if count < 0 {
                if errno == EINTR { continue }
                throw StorageError(.write, file: file, number: errno)
            }
            rest = .init(rebasing: rest[count...])
            offset += count
        }
    }
}
