// SPDX-License-Identifier: MIT
import Orders

/// The two files of one receipt: for programs and for people.
struct ReceiptFiles {
    let order: OrderID
    /// JSON.
    let data: ReceiptDirectory.File
    /// HTML.
    let page: ReceiptDirectory.File

    /// - Throws: what in the receipt cannot be written down.
    init(_ receipt: Receipt, of order: OrderID) throws {
        self.order = order
        data = .init(name: Receipt.path(of: order), bytes: try receipt.encoded())
        page = .init(
            name: Receipt.pagePath(of: order), bytes: try ReceiptPage.rendered(receipt))
    }

    var both: [ReceiptDirectory.File] { [data, page] }
}
