// SPDX-License-Identifier: MIT
import Foundation
import Glibc
import Logging
import Orders
import StageTestSupport
import Testing

@testable import Fulfillment

/// A machine that loses its power: an ext4 of our own that the kernel is told to drop, for which the
/// test must run as root.
@Suite(.serialized, .enabled(if: getuid() == 0)) struct PowerLossTests {
    private let fixture: OrderFixture
    private let directory = FileManager.default.temporaryDirectory.path + "/power-\(UUID())"

    init() throws {
        fixture = try OrderFixture()
    }

    private func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-euc", script]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)")
    }

    private func mount() throws { try shell("mount -o loop \(directory).image \(directory)") }

    /// Everything that is not on the disk is gone, the journal of the file system too.
    private func losePower() throws {
        try shell(
            """
            python3 -c 'import fcntl, os, struct
            fcntl.ioctl(os.open("\(directory)", 0), 0x8004587d, struct.pack("I", 2))'
            umount \(directory)
            """)
    }

    /// Fulfils thirty orders; the first half is synced. What is open in the directory is closed at the end.
    private func fulfilThirty() async throws -> [OrderID] {
        let (stage, keeper, _) = try open()
        try await keeper.start()
        var orders: [OrderID] = []
        for index in 0..<30 {
            orders.append(try await fixture.charged())
            _ = try await stage.handle([fixture.fulfil(orders[index])])
            if index == 14 { try await keeper.sync() }
        }
        return orders
    }

    private func open() throws -> (FulfillmentStage, ReceiptKeeper, ReceiptDirectory) {
        let receipts = ReceiptDirectory(path: directory)
        try receipts.prepare()
        let keeper = ReceiptKeeper(
            pool: fixture.pool, directory: receipts, interval: .seconds(10),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (FulfillmentStage(pool: fixture.pool, receipts: receipts), keeper, receipts)
    }

    @Test func `every receipt that the database knows is there again after the next start`()
        async throws
    {
        try shell(
            """
            mkdir \(directory)
            truncate -s 64M \(directory).image
            mkfs.ext4 -q \(directory).image
            """)
        try mount()
        defer {
            try? shell("umount --lazy \(directory); rm -r \(directory) \(directory).image")
        }
        try await fixture.stock("apple", 100)
        let orders = try await fulfilThirty()
        try losePower()
        try mount()

        let (_, next, receipts) = try open()
        let left = try orders.filter { try receipts.read(Receipt.path(of: $0)) != nil }
        #expect(left.count >= 15 && left.count < 30, "\(left.count): no power was lost")
        try await next.start()
        #expect(try await next.restore() == 0)
        for order in orders {
            let bytes = try receipts.read(Receipt.path(of: order))
            #expect(bytes != nil)
        }
    }
}
