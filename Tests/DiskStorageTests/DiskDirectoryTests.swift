// SPDX-License-Identifier: MIT
import DiskStorage
import Foundation
import SegmentLog
import Testing

@Suite struct DiskDirectoryTests {
    @Test func `a log on a real disk is read back as it was written`() throws {
        try Self.withDirectory { path in
            let geometry = LogGeometry(segmentByteCount: 64 << 10)
            let storage = try DiskDirectory(path)
            var appender = LogAppender(after: .new(logID: 3), geometry: geometry)
            var writer = SegmentWriter(
                storage: storage, after: .new(logID: 3), geometry: geometry)
            var expected: [[UInt8]] = []
            for index in 0..<100 {
                let bytes = [UInt8](repeating: UInt8(index), count: index * 40)
                if !appender.hasRoom(for: bytes.count) || index == 0 { appender.roll(spare: nil) }
                let (_, payload) = appender.append(
                    RecordType(rawValue: 90), payloadByteCount: bytes.count)
                payload.copyBytes(from: bytes)
                expected.append(bytes)
                if index % 7 == 0 || index == 99 {
                    for batch in appender.takeBatches() { try writer.write(batch) }
                }
            }
            var found: [[UInt8]] = []
            let outcome = try LogRecovery.run(storage, geometry: geometry) {
                found.append(Array($0.payload))
            }
            #expect(found == expected)
            #expect(outcome.segments.count > 2)
        }
    }

    @Test func `one process holds a directory at a time`() throws {
        try Self.withDirectory { path in
            let first = try DiskDirectory(path)
            let error = #expect(throws: StorageError.self) { try DiskDirectory(path) }
            #expect(error?.operation == .lock)
            first.unlock()
            _ = try DiskDirectory(path)
        }
    }

    @Test func `files are made of zeros, renamed, cut and removed`() throws {
        try Self.withDirectory { path in
            let storage = try DiskDirectory(path)
            let file = try storage.createFile("a", byteCount: 10_000)
            #expect(try file.byteCount == 10_000)
            try storage.renameFile("a", to: "b")
            try storage.openFile("b").truncate(to: 4096)
            try storage.synchronizeDirectory()
            #expect(try storage.fileNames() == ["b"])
            #expect(try storage.openFile("b").byteCount == 4096)
            try storage.removeFile("b")
            #expect(try storage.fileNames() == [])
            let error = #expect(throws: StorageError.self) { try storage.openFile("b") }
            #expect(error?.number == ENOENT)
        }
    }

    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/disk-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }
}
