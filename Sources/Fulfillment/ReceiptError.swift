// SPDX-License-Identifier: MIT
import Glibc

/// What the disk refused.
struct ReceiptError: Error, Equatable, CustomStringConvertible {
    let action: String
    let path: String
    let code: Int32

    var description: String { "cannot \(action) \(path): \(String(cString: strerror(code)))" }
}
