// SPDX-License-Identifier: MIT
import Fulfillment
import Orders
import SecureTransport

/// Copies receipts between fulfillmentd's directory and the receipt service, under the names that the
/// database has for them. They never change, so that the source keeps them: it is where a copy that was
/// spoiled can be had again.
struct ReceiptMove: Sendable {
    let source: any ReceiptPlace
    let target: any ReceiptPlace
    let records: DatabaseReceipts
    let journal: MigrationJournal

    /// Receipts that are copied at the same time.
    private static let pageCountMax = 64

    /// - Returns: when each was copied, or is objected to.
    func run(until deadline: ContinuousClock.Instant) async throws -> MigrationOutcome {
        var outcome = MigrationOutcome()
        var (last, count) = (journal.receipts.last, journal.receipts.count)
        while true {
            let page = try await records.page(after: last, limit: Self.pageCountMax)
            guard let end = page.last else { break }
            let objections = try await copy(page.flatMap(\.files), until: deadline)
            outcome.objections += objections
            last = end.order
            count += UInt64(page.count)
            // What was objected to is looked at again by the next run.
            if outcome.objections.isEmpty {
                try journal.write(.receipts(through: last.description, count: count))
            }
        }
        let recorded = try await records.count()
        outcome.lines.append(
            "receipts: \(recorded) recorded, \(count) looked at, "
                + "\(outcome.objections.count) files not copied")
        if count != recorded {
            outcome.objections.append("receipts: looked at \(count), expected \(recorded)")
        }
        return outcome
    }

    /// - Returns: what is wrong with some of them.
    private func copy(
        _ files: [(name: String, checksum: [UInt8])], until deadline: ContinuousClock.Instant
    ) async throws -> [String] {
        var objections: [String] = []
        var good: [ReceiptDirectory.File] = []
        for (name, checksum, bytes) in try await read(files, until: deadline) {
            if let bytes, Digest.sha256(bytes) == checksum {
                good.append(ReceiptDirectory.File(name: name, bytes: bytes))
            } else {
                let reason = bytes == nil ? "is not at the source" : "is not what was recorded"
                objections.append("receipts: \(name) \(reason)")
            }
        }
        let refused = try await target.keep(good, until: deadline)
        return (objections + refused.map { "receipts: \($0.key): \($0.value)" }).sorted()
    }

    private func read(
        _ files: [(name: String, checksum: [UInt8])], until deadline: ContinuousClock.Instant
    ) async throws -> [(name: String, checksum: [UInt8], bytes: [UInt8]?)] {
        let source = source
        return try await withThrowingTaskGroup(
            of: (name: String, checksum: [UInt8], bytes: [UInt8]?).self
        ) { group in
            for (name, checksum) in files {
                group.addTask {
                    (name, checksum, try await source.read(name, until: deadline))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
