// SPDX-License-Identifier: MIT

/// The place of a queue in its broker, from 0; queues are never removed.
package struct QueueNumber: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// One log record names queues in two bytes, and each costs memory while idle.
    package static let countMax = 1024
}

/// The place of a message in its queue, from 1; given once, never again.
package struct MessageSequence: Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: MessageSequence, right: MessageSequence) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Proves who holds a lease: greater than that of every lease given before, across restarts too.
package struct LeaseToken: Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameter epoch: how often the broker was started; the counter begins anew with each.
    init(epoch: UInt32, counter: UInt32) {
        rawValue = UInt64(epoch) << 32 | UInt64(counter)
    }

    package static func < (left: LeaseToken, right: LeaseToken) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One subscription of one connection.
package struct ConsumerID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// A slot of a `MessageTable`.
struct SlotIndex: Hashable, Sendable {
    let rawValue: UInt32

    init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }
}
