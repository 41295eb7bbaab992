// SPDX-License-Identifier: MIT
import Foundation
import Orders
import SecureTransport

/// The receipts on disk.
struct ReceiptFiles: Sendable {
    let directory: String

    private static let rule = "a receipt lies on disk as it was recorded"

    /// Those that are not there whole.
    func breaches(of receipts: [ChaosAudit.Receipt]) -> [ChaosBreach] {
        receipts.compactMap { receipt in
            guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(receipt.path)")
            else { return ChaosBreach(Self.rule, receipt.order, "\(receipt.path) is not there") }
            guard bytes.count == receipt.byteCount, Digest.sha256(bytes) == receipt.checksum else {
                return ChaosBreach(Self.rule, receipt.order, "\(receipt.path) is not what it was")
            }
            return nil
        }
    }

    /// Files of orders that have no receipt. Drafts that a crash left behind are nobody's receipt.
    func strays(beside receipts: [ChaosAudit.Receipt]) -> [ChaosBreach] {
        let known = Set(receipts.map { Self.stem($0.path) })
        guard let files = FileManager.default.enumerator(atPath: directory) else {
            return [ChaosBreach(Self.rule, directory, "cannot be listed")]
        }
        var strays: [ChaosBreach] = []
        for case let file as String in files where Self.isReceipt(file) {
            guard !known.contains(Self.stem(file)) else { continue }
            strays.append(ChaosBreach("only fulfilled orders have a receipt on disk", file))
        }
        return strays
    }

    /// The path without what says of which kind the file is.
    private static func stem(_ path: String) -> Substring {
        path[..<(path.lastIndex(of: ".") ?? path.endIndex)]
    }

    private static func isReceipt(_ file: String) -> Bool {
        file.hasSuffix(".json") || file.hasSuffix(".html")
    }
}
