// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import Wire

/// What `protocol/receipts.md` says of the parts of a receipt.
enum ReceiptForm {
    /// Why a receipt is none; nil when it is one.
    static func objection(to receipt: PutReceipt) -> String? {
        if !isName(receipt.name) { return "not a name: '\(receipt.name)'" }
        let type = receipt.contentType.utf8
        if type.isEmpty || !type.allSatisfy({ (0x21...0x7E).contains($0) || $0 == 0x20 }) {
            return "not a content type"
        }
        if Array(receipt.sha256.readableBytesView)
            != Digest.sha256(receipt.body.readableBytesView)
        {
            return "the body has another SHA-256"
        }
        return nil
    }

    /// Parts between slashes, none of which climbs out or hides.
    static func isName(_ name: String) -> Bool {
        guard name.utf8.count <= WireLimits.receiptNameByteCountMax else { return false }
        return name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { part in
                part.first.map { $0 != UInt8(ascii: ".") } ?? false && part.allSatisfy(isPlain)
            }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
