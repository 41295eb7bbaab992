// SPDX-License-Identifier: MIT

/// An identifier that outsiders choose: short ASCII text, checked once, where it enters.
package protocol TextIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest text accepted, in bytes; the shortest is one byte.
    static var byteCountMax: Int { get }

    /// What a text that breaks the rules is answered with.
    static var refusal: OrderError { get }

    /// Whether `byte` may stand in such a text.
    static func allows(_ byte: UInt8) -> Bool

    var text: String { get }

    init(unchecked text: String)
}

extension TextIdentifier {
    /// - Throws: `refusal`, when `text` is empty, too long, or holds a byte that is not allowed.
    package init(_ text: String) throws(OrderError) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.byteCountMax, bytes.allSatisfy(Self.allows)
        else { throw Self.refusal }
        self.init(unchecked: text)
    }

    /// Printable ASCII without the space.
    package static func allows(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
