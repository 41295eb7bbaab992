// SPDX-License-Identifier: MIT
import Foundation
import Fulfillment
import NIOCore
import ServiceClients
import Sessions
import Wire

/// Where receipts lie: a directory of fulfillmentd's, or the receipt service.
protocol ReceiptPlace: Sendable {
    /// What lies under a name; nil when nothing does.
    ///
    /// - Throws: when that cannot be found out by `deadline`.
    func read(_ name: String, until deadline: ContinuousClock.Instant) async throws -> [UInt8]?

    /// Stores receipts; harmless to repeat. Those that stand are durable when this returns.
    ///
    /// - Returns: why some were refused, by their names.
    func keep(
        _ files: [ReceiptDirectory.File], until deadline: ContinuousClock.Instant
    ) async throws -> [String: String]
}

extension ReceiptDirectory: ReceiptPlace {
    func read(_ name: String, until _: ContinuousClock.Instant) throws -> [UInt8]? {
        try read(name)
    }

    func keep(
        _ files: [File], until _: ContinuousClock.Instant
    ) throws -> [String: String] {
        let refused = write(files)
        try sync()
        return refused.mapValues { "\($0)" }
    }
}

extension ReceiptClient: ReceiptPlace {
    func read(
        _ name: String, until deadline: ContinuousClock.Instant
    ) async throws -> [UInt8]? {
        do {
            let receipt = try await MigrationEnds.insist(until: deadline) { () throws(CallError) in
                try await get(name)
            }
            return Array(receipt.body.readableBytesView)
        } catch let error as CallError where error.code == .unknownReceipt {
            return nil
        }
    }

    /// All of them at once: each is a request of its own.
    func keep(
        _ files: [ReceiptDirectory.File], until deadline: ContinuousClock.Instant
    ) async throws -> [String: String] {
        try await withThrowingTaskGroup(of: (String, String?).self) { group in
            for file in files {
                group.addTask { (file.name, try await refusal(of: file, until: deadline)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Why the receipt is not taken; nil when it is.
    private func refusal(
        of file: ReceiptDirectory.File, until deadline: ContinuousClock.Instant
    ) async throws -> String? {
        do {
            _ = try await MigrationEnds.insist(until: deadline) { () throws(CallError) in
                try await put(PutReceipt(file))
            }
            return nil
        } catch let error as CallError
            where error.code == .receiptConflict || error.code == .badReceipt
        {
            return "\(error)"
        }
    }
}
