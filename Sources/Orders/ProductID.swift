// SPDX-License-Identifier: MIT

/// Names a product: 1 to 64 bytes of printable ASCII without spaces.
package struct ProductID: TextIdentifier {
    package static let byteCountMax = 64
    package static let refusal = OrderError.productInvalid

    package let text: String

    /// For texts known to be good, such as those read back from our own database.
    package init(unchecked text: String) {
        self.text = text
    }
}
