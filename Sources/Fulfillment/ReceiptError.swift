// SPDX-License-Identifier: MIT
import Glibc

/// What the disk refused.
package struct ReceiptError: Error, Equatable, CustomStringConvertible {
    let action: String
    let path: String
    let code: Int32

    /// Whether it may be done once there is room again.
    var isOfRoom: Bool { code == ENOSPC || code == EDQUOT }

    package var description: String {
        "cannot \(action) \(path): \(String(cString: strerror(code)))"
    }
}
