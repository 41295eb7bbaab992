// SPDX-License-Identifier: MIT
package import Orders

/// Ids of the messages that a step sends on, computed and not drawn.
///
/// A step that is handled again computes the same ids, and the broker stores a message once per id:
/// this is what makes a repeated hand-over harmless. The id depends on the input message and on what
/// is sent (kind, status, attempt at the payment), so that a step which is redriven and now sends
/// something else is not taken for a repeat.
///
/// The two words of the input and one word of what is sent go through three rounds of a Feistel
/// network with the 64-bit finaliser of SplitMix64. Each round is a bijection of the 128 bits: for
/// one kind of output, two inputs never meet before the last step, which sets the six bits that mark
/// a UUIDv8. That leaves 122 bits, as many as random UUIDs have.
package struct OutputID {
    /// The id of the message with which the handling of `input` sends on `output`.
    package static func derive(from input: MessageID, output: StepMessage) -> MessageID {
        let status = output.status.flatMap(OrderStatus.allCases.firstIndex(of:)).map { $0 + 1 } ?? 0
        let label =
            UInt64(output.kind.rawValue) << 56 | UInt64(status) << 48 | UInt64(output.attempt)
        // Each recipient gets a message of his own.
        let recipient = output.notice.map { $0.recipient.utf8.reduce(0, mixed) } ?? 0
        return derive(from: input.value, label: label ^ recipient)
    }

    /// The id of the message that starts an order on its way: one per order, whoever sends it.
    package static func start(of order: OrderID) -> MessageID {
        derive(from: order.value, label: 0)
    }

    private static func derive(from input: UniqueID, label: UInt64) -> MessageID {
        var left = input.high
        var right = input.low
        for round: UInt64 in 1...3 {
            (left, right) = (right, left ^ mixed(right &+ mixed(label &+ round)))
        }
        return MessageID(
            UniqueID(
                high: left & ~0xF000 | 0x8000,
                low: right & ~(0b11 << 62) | 0b10 << 62))
    }

    private static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        mixed(hash ^ UInt64(byte))
    }

    /// The finaliser of SplitMix64: a bijection in which each bit reaches all others.
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
