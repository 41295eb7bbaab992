// SPDX-License-Identifier: MIT
import Orders
import SecureTransport

/// The two files of one receipt: for programs and for people.
struct ReceiptFiles {
    let order: OrderID
    /// JSON.
    let data: ReceiptDirectory.File
    /// HTML.
    let page: ReceiptDirectory.File

    /// - Throws: what in the receipt cannot be written down.
    init(_ receipt: Receipt, of order: OrderID, named naming: ReceiptNaming = .byOrder) throws {
        self.order = order
        let (data, page) = (try receipt.encoded(), try ReceiptPage.rendered(receipt))
        switch naming {
        case .byOrder:
            self.data = .init(name: Receipt.path(of: order), bytes: data)
            self.page = .init(name: Receipt.pagePath(of: order), bytes: page)
        case .byContent:
            let stem = Receipt.stem(of: order)
            self.data = .init(name: "\(stem)-\(Self.mark(of: data)).json", bytes: data)
            self.page = .init(name: "\(stem)-\(Self.mark(of: page)).html", bytes: page)
        }
    }

    /// The beginning of their checksum, in hexadecimal: enough for the few versions that one order's
    /// receipt can have.
    private static func mark(of bytes: [UInt8]) -> String {
        Digest.hexadecimal(Digest.sha256(bytes).prefix(8))
    }

    var both: [ReceiptDirectory.File] { [data, page] }
}
