// SPDX-License-Identifier: MIT

/// The name of a queue: 1 to 64 bytes of `a-z 0-9 . _ -`.
package struct QueueName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package static let byteCountMax = 64

    /// nil when `text` breaks the rules.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.byteCountMax,
            bytes.allSatisfy(Self.allows)
        else { return nil }
        self.text = text
    }

    /// For names known to be good.
    package init(unchecked text: String) {
        self.text = text
    }

    package var description: String { text }

    package static func < (left: QueueName, right: QueueName) -> Bool { left.text < right.text }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
