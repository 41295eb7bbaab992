// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import SecureTransport

/// What a crash of the machine has lost.
extension ReceiptKeeper {
    /// How long before the mark a receipt may have been recorded whose file was written after it: the
    /// record bears the time at which its transaction began. Twice of what a batch may take.
    private static let margin: Duration = FulfillmentStage.batchDurationMax * 2
    private static let batchCountMax = 256

    /// Writes again what should be there since the mark and is not as it was recorded.
    ///
    /// - Parameter trustsFiles: false when even a file that reads well may not be on the disk.
    /// - Returns: how many receipts were written.
    @discardableResult
    func restore(trustsFiles: Bool = true) async throws -> Int {
        let since = try mark.read().map { $0 - Self.margin } ?? .epoch
        let recorded = try await records.since(since)
        var restoredCount = 0
        for start in stride(from: 0, to: recorded.count, by: Self.batchCountMax) {
            let end = min(start + Self.batchCountMax, recorded.count)
            let lost = try recorded[start..<end].filter { try !(trustsFiles && isThere($0)) }
            if !lost.isEmpty { try await writeAgain(lost) }
            restoredCount += lost.count
        }
        if restoredCount > 0 {
            logger.warning(
                "receipts were lost and are written again",
                metadata: .keyed([.count: "\(restoredCount)"]))
        }
        return restoredCount
    }

    private func isThere(_ record: ReceiptRecords.Record) throws(ReceiptError) -> Bool {
        let files = [
            (Receipt.path(of: record.order), record.data),
            (Receipt.pagePath(of: record.order), record.page),
        ]
        for (name, checksum) in files {
            guard let bytes = try directory.read(name), Digest.sha256(bytes) == checksum else {
                return false
            }
        }
        return true
    }

    private func writeAgain(_ lost: [ReceiptRecords.Record]) async throws {
        let contents = try await records.contents(of: lost.map(\.order))
        var changed: [ReceiptBook.Filed] = []
        for record in lost {
            guard let receipt = contents[record.order] else {
                throw PostgresError(.undecodable, "\(record.order) has a receipt and no payment")
            }
            let files = try ReceiptFiles(receipt, of: record.order)
            if let error = directory.write(files.both).values.first { throw error }
            let again = ReceiptBook.Filed(files)
            // Otherwise it was another version of this program that wrote it, in other words.
            guard again.data.checksum != record.data || again.page.checksum != record.page else {
                continue
            }
            changed.append(again)
        }
        try await records.correct(changed)
    }
}
