// SPDX-License-Identifier: MIT

/// Why a request was not carried out. Nothing of it was applied.
package enum QueueRefusal: Error, Equatable, Sendable {
    /// No queue of that name was declared.
    case unknownQueue
    /// The queue would hold more than its policy allows.
    case queueFull(QueuePressure)
    /// The message is not leased to whoever asks: the lease expired, or the message is settled.
    case staleLease
    /// The disk has no room for another segment; what is there can still be settled.
    case diskFull
    /// The message does not fit into a segment.
    case tooLarge(byteCount: Int, max: Int)
    /// A rule of the request itself is broken.
    case invalid(String)
}

/// How full a queue is and how fast it empties.
package struct QueuePressure: Equatable, Sendable {
    package enum Unit: String, Sendable { case messages, bytes }

    package let unit: Unit
    package let depth: UInt64
    package let limit: UInt64
    /// Messages settled each second, of late.
    package let drainPerSecond: UInt32
    /// When room is likely, at that rate.
    package let retryAfter: Duration
}
