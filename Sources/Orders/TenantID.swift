// SPDX-License-Identifier: MIT

/// Names a tenant, who owns orders and a rate limit: 1 to 64 of `a-z 0-9 . _ -`.
package struct TenantID: TextIdentifier {
    package static let byteCountMax = 64
    package static let refusal = OrderError.tenantInvalid

    package let text: String

    /// For texts known to be good, such as those read back from our own database.
    package init(unchecked text: String) {
        self.text = text
    }

    package static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
