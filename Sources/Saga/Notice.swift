// SPDX-License-Identifier: MIT
package import Orders

/// What one recipient is still to be told, and after how long.
package struct Notice: Sendable, Equatable {
    /// The message of kind `notify` that was to be told: the recipient knows repeats by it.
    package let message: MessageID
    /// A URL: of a webhook, or `mailto:` and an address.
    package let recipient: String
    /// How long the queue keeps it back; to the millisecond. Not a time: clocks differ.
    package let delay: Duration

    package static let recipientByteCountMax = 2_048

    /// Nil when `recipient` is longer than `recipientByteCountMax`.
    package init?(_ message: MessageID, to recipient: String, delay: Duration) {
        guard recipient.utf8.count <= Self.recipientByteCountMax else { return nil }
        self.message = message
        self.recipient = recipient
        self.delay = .milliseconds(delay.wireMilliseconds)
    }
}

extension Notice {
    /// As `StepMessage` lists it.
    var encoded: [UInt8] {
        var bytes: [UInt8] = [1]
        StepMessage.append(message.value, to: &bytes)
        let milliseconds = delay.wireMilliseconds
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: milliseconds >> UInt32(shift)))
        }
        let count = recipient.utf8.count
        bytes += [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)]
        return bytes + recipient.utf8
    }

    /// Nil when the bytes say that there is none.
    init?(takingFrom rest: inout ArraySlice<UInt8>) throws(StepMessageError) {
        guard try StepMessage.take(1, from: &rest).first == 1 else { return nil }
        message = MessageID(try StepMessage.takeID(from: &rest))
        let milliseconds = try StepMessage.take(4, from: &rest).reversed().reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
        }
        delay = .milliseconds(milliseconds)
        let count = try StepMessage.take(2, from: &rest).reversed().reduce(0) { $0 << 8 | Int($1) }
        recipient = String(decoding: try StepMessage.take(count, from: &rest), as: UTF8.self)
    }
}
