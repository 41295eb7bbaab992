// SPDX-License-Identifier: MIT

/// The SHA-256 of an order's canonical bytes: tells a repeat from another order under the same key.
package struct Fingerprint: Hashable, Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// - Precondition: `bytes` are `byteCount` bytes.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a fingerprint is \(Self.byteCount) bytes")
        self.bytes = bytes
    }
}
