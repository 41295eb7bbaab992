// SPDX-License-Identifier: MIT

/// Chosen by whoever places an order, one per order: 1 to 255 bytes of printable ASCII, no spaces.
package struct IdempotencyKey: TextIdentifier {
    package static let byteCountMax = 255
    package static let refusal = OrderError.keyInvalid

    package let text: String

    /// For texts known to be good, such as those read back from our own database.
    package init(unchecked text: String) {
        self.text = text
    }
}
