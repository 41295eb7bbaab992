// SPDX-License-Identifier: MIT
import Foundation
import Orders
import SecureTransport
import Testing

@testable import MeshCommands

@Suite struct ReceiptFilesTests {
    private let bytes = Array("a receipt".utf8)

    private func receipt(_ path: String) -> ChaosAudit.Receipt {
        ChaosAudit.Receipt(
            order: UniqueID(high: 1, low: 1), path: path, checksum: Digest.sha256(bytes),
            byteCount: Int64(bytes.count))
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path))
    }

    @Test func `a receipt that is missing or damaged is found, one that is whole is not`() throws {
        try RunDirectory.with { directory in
            try write(bytes, to: directory + "/1/whole.json")
            try write(bytes.dropLast(), to: directory + "/1/torn.json")
            let files = ReceiptFiles(directory: directory)
            let breaches = files.breaches(
                of: ["1/whole.json", "1/torn.json", "1/none.json"].map(receipt))
            #expect(breaches.count == 2)
            #expect(breaches.contains { $0.detail.hasPrefix("1/torn.json") })
            #expect(breaches.contains { $0.detail.hasPrefix("1/none.json") })
        }
    }

    @Test func `a receipt of nobody is found, a draft that a crash left is not`() throws {
        try RunDirectory.with { directory in
            try write(bytes, to: directory + "/1/known.json")
            try write(bytes, to: directory + "/1/stray.json")
            try write(bytes, to: directory + "/1/draft.json.17.tmp")
            let strays = ReceiptFiles(directory: directory).strays(
                beside: [receipt("1/known.json")])
            #expect(strays.map(\.subject) == ["1/stray.json"])
        }
    }
}
