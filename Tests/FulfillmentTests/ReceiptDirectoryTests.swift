// SPDX-License-Identifier: MIT
import Foundation
import Glibc
import Testing

@testable import Fulfillment

@Suite struct ReceiptDirectoryTests {
    private static func with(_ body: (ReceiptDirectory) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/receipts-\(UUID())"
        let receipts = ReceiptDirectory(path: path)
        try receipts.prepare()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(receipts)
    }

    private static func files(_ count: Int, in day: String) -> [ReceiptDirectory.File] {
        (0..<count).map { .init(name: "\(day)/\($0).json", bytes: Array("receipt \($0)".utf8)) }
    }

    @Test(arguments: [0, 1, 63, 64, 200])
    func `a batch of any size lies there whole, without drafts`(count: Int) throws {
        try Self.with { receipts in
            let files = Self.files(count, in: "1") + Self.files(1, in: "2")
            #expect(receipts.write(files).isEmpty)
            for file in files {
                let data = FileManager.default.contents(atPath: "\(receipts.path)/\(file.name)")
                #expect(data.map { Array($0) } == file.bytes)
            }
            let names = try FileManager.default.subpathsOfDirectory(atPath: receipts.path)
            #expect(!names.contains { $0.hasSuffix(".tmp") })
        }
    }

    @Test func `the same receipts again are the same files`() throws {
        try Self.with { receipts in
            for _ in 0..<2 { #expect(receipts.write(Self.files(3, in: "1")).isEmpty) }
            let names = try FileManager.default.subpathsOfDirectory(atPath: receipts.path)
            #expect(names.sorted() == ["1", "1/0.json", "1/1.json", "1/2.json"])
        }
    }

    @Test func `what cannot be written is named and keeps no other from the disk`() throws {
        try Self.with { receipts in
            let files = Self.files(2, in: "1") + Self.files(1, in: "taken")
            try Data().write(to: URL(filePath: receipts.path + "/taken"))
            try FileManager.default.createDirectory(
                atPath: receipts.path + "/1/1.json/in-the-way", withIntermediateDirectories: true)
            let refused = receipts.write(files)
            #expect(Set(refused.keys) == ["1/1.json", "taken/0.json"])
            #expect(refused["1/1.json"]?.action == "rename")
            #expect(refused["taken/0.json"]?.code == ENOTDIR)
            #expect(FileManager.default.fileExists(atPath: receipts.path + "/1/0.json"))
        }
    }

    @Test func `a directory that nobody syncs any more takes no files`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/receipts-\(UUID())"
        let receipts = ReceiptDirectory(path: path, syncedWithin: .zero)
        try receipts.prepare()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let refused = receipts.write(Self.files(1, in: "1"))
        #expect(refused["1/0.json"]?.action == "sync")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: path).isEmpty)
    }

    @Test func `a file reads as it was written, one that is not there as nothing`() throws {
        try Self.with { receipts in
            let bytes = [UInt8](repeating: 7, count: 100_000)
            #expect(receipts.write([.init(name: "1/a", bytes: bytes)]).isEmpty)
            let (written, missing) = (try receipts.read("1/a"), try receipts.read("1/b"))
            #expect(written == bytes)
            #expect(missing == nil)
            #expect(throws: ReceiptError.self) { try receipts.read("1") }
        }
    }
}
