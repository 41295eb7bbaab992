// SPDX-License-Identifier: MIT
package import SegmentLog

/// A message to be handed to a consumer.
package struct Delivery: Equatable, Sendable {
    package let consumer: ConsumerID
    package let sequence: MessageSequence
    package let token: LeaseToken
    /// From 1: the attempt that this delivery is.
    package let attempt: UInt8
    package let attemptsMax: UInt8
    /// Deliveries so far, this one included; handing back counts here, and not as an attempt.
    package let acquired: UInt8
    package let leaseDuration: Duration
    package let publishedMilliseconds: UInt64
    package let envelope: EnvelopePlace
}

/// Where the bytes of a message are.
package struct EnvelopePlace: Equatable, Sendable {
    /// Of the record that holds it.
    package let position: LogPosition
    /// From the beginning of the record.
    package let delta: Int
    package let byteCount: Int
}
