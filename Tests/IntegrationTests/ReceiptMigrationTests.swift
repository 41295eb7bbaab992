// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import TestSupport
import Testing

/// `meshctl cloud migrate` with receipts: between a directory and S3, by built programs.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ReceiptMigrationTests {
    private let world: KeyWorld
    /// More than two pages of the command's.
    private static let count = 150

    init() async throws {
        world = try await KeyWorld()
        _ = try world.servers.certificates.files(.service("fulfillmentd"))
    }

    /// Writes receipts into a directory, and records them as fulfillmentd does.
    private func fill(_ directory: String) async throws {
        for number in 1...Self.count {
            let files = [("json", "receipt \(number)"), ("html", "page \(number)")]
            let day = "\(directory)/2026-11-\(number % 2 + 10)"
            try FileManager.default.createDirectory(
                atPath: day, withIntermediateDirectories: true)
            for (kind, text) in files {
                try Data(text.utf8).write(to: URL(filePath: "\(day)/order-\(number).\(kind)"))
            }
        }
        try await world.database.run(
            """
            INSERT INTO receipts (order_id, path, checksum, byte_count, page_path, page_checksum,
                page_byte_count)
            SELECT ('0190a1b2-c3d4-7e5f-8a6b-' || lpad(to_hex(n), 12, '0'))::uuid,
                '2026-11-' || n % 2 + 10 || '/order-' || n || '.json',
                sha256(convert_to('receipt ' || n, 'UTF8')), length('receipt ' || n),
                '2026-11-' || n % 2 + 10 || '/order-' || n || '.html',
                sha256(convert_to('page ' || n, 'UTF8')), length('page ' || n)
            FROM generate_series(1, \(Self.count)) AS n
            """, [])
    }

    private func contents(of directory: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        let files = try FileManager.default.subpathsOfDirectory(atPath: directory)
        for file in files where file.contains(".") {
            contents[file] = FileManager.default.contents(atPath: "\(directory)/\(file)")
        }
        return contents
    }

    private func name(_ leaf: String) -> String { world.servers.path(leaf) }

    @Test func `receipts go to S3 and come back as they were`() async throws {
        let bridge = try await world.bridge()
        try await fill(name("there"))
        let out = try world.migrate(
            from: world.broker, to: bridge, journal: "out", ["--receipts", name("there")])
        #expect(await out.end() == 0, "\(out.lines)")
        let summary = "receipts: 150 recorded, 150 looked at, 0 files not copied"
        #expect(out.lines.contains(summary), "\(out.lines)")

        let second = try await world.servers.broker()
        let back = try world.migrate(
            from: bridge, to: second, journal: "back", ["--receipts", name("back-again")])
        #expect(await back.end() == 0, "\(back.lines)")
        #expect(back.lines.contains(summary), "\(back.lines)")
        let (sent, returned) = (
            try contents(of: name("there")), try contents(of: name("back-again"))
        )
        #expect(sent.count == 300)
        #expect(returned == sent)
    }

    @Test func `killed in the middle, the same command goes on`() async throws {
        let bridge = try await world.bridge()
        try await fill(name("there"))
        let killed = try world.migrate(
            from: world.broker, to: bridge, journal: "killed", ["--receipts", name("there")])
        while !killed.hasEnded, world.servers.lineCount("receipts", in: "killed") == 0 {
            await Task.yield()
        }
        killed.signal(SIGKILL)
        #expect(await killed.end() == SIGKILL)
        let again = try world.migrate(
            from: world.broker, to: bridge, journal: "killed", ["--receipts", name("there")])
        #expect(await again.end() == 0, "\(again.lines)")
        #expect(
            again.lines.contains("receipts: 150 recorded, 150 looked at, 0 files not copied"),
            "\(again.lines)")
    }

    @Test func `what is lost or spoiled at the source is named, and looked at again`() async throws
    {
        let bridge = try await world.bridge()
        try await fill(name("there"))
        let (spoiled, lost) = (
            name("there/2026-11-11/order-7.json"), name("there/2026-11-10/order-8.html")
        )
        try Data("receipt 8".utf8).write(to: URL(filePath: spoiled))
        try FileManager.default.removeItem(atPath: lost)
        let first = try world.migrate(
            from: world.broker, to: bridge, journal: "holes", ["--receipts", name("there")])
        #expect(await first.end() == 1)
        for objection in [
            "does not match: receipts: 2026-11-11/order-7.json is not what was recorded",
            "does not match: receipts: 2026-11-10/order-8.html is not at the source",
        ] { #expect(first.lines.contains(objection), "\(first.lines)") }

        try Data("receipt 7".utf8).write(to: URL(filePath: spoiled))
        try Data("page 8".utf8).write(to: URL(filePath: lost))
        let second = try world.migrate(
            from: world.broker, to: bridge, journal: "holes", ["--receipts", name("there")])
        #expect(await second.end() == 0, "\(second.lines)")
    }

    @Test func `another receipt under the same name in S3 is a conflict, and stays`() async throws {
        let bridge = try await world.bridge()
        try await fill(name("there"))
        let first = try world.migrate(
            from: world.broker, to: bridge, journal: "first", ["--receipts", name("there")])
        #expect(await first.end() == 0, "\(first.lines)")
        try Data("receipt 9!".utf8).write(
            to: URL(filePath: name("there/2026-11-11/order-9.json")))
        try await world.database.run(
            """
            UPDATE receipts SET checksum = sha256('receipt 9!') WHERE path LIKE '%/order-9.json'
            """, [])
        let second = try world.migrate(
            from: world.broker, to: bridge, journal: "second", ["--receipts", name("there")])
        #expect(await second.end() == 1)
        #expect(
            second.lines.contains {
                $0.hasPrefix("does not match: receipts: 2026-11-11/order-9.json: receiptConflict")
            }, "\(second.lines)")
    }

    @Test func `without the database, or between two directories, it says what is missing`()
        async throws
    {
        let second = try await world.servers.broker()
        let brokers = try world.migrate(
            from: world.broker, to: second, journal: "brokers", ["--receipts", name("there")])
        #expect(await brokers.end() == 64)
        #expect(brokers.lines.contains { $0.contains("between a directory and one bridge") })
        let bridge = try await world.bridge()
        let without = try world.servers.migrate(
            from: world.broker, to: bridge, journal: "without", ["--receipts", name("there")])
        #expect(await without.end() == 64)
        #expect(without.lines.contains { $0.contains("--receipts needs --postgres") })
    }
}
