// SPDX-License-Identifier: MIT

/// Names a tenant's customer: 1 to 128 bytes of printable ASCII without spaces.
package struct CustomerID: TextIdentifier {
    package static let byteCountMax = 128
    package static let refusal = OrderError.customerInvalid

    package let text: String

    /// For texts known to be good, such as those read back from our own database.
    package init(unchecked text: String) {
        self.text = text
    }
}
