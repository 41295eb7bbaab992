// SPDX-License-Identifier: MIT
import Orders

/// One message in one queue, by its id.
struct MessageKey: Hashable {
    let queue: Int
    let id: UniqueID
}

/// What is known of one message.
struct MessageTruth {
    /// A delivery that left the broker and has not ended for certain.
    struct Lease {
        enum Phase: Equatable {
            /// A settlement must be taken, until the deadline.
            case inForce
            /// A settlement was handed in and not answered.
            case settling
            /// Its time came; it may be over, or go on if the clock was set back.
            case lapsed
        }

        let token: UInt64
        let attempt: Int
        let connection: Int
        let subscription: UInt32
        var deadline: MeshInstant
        var phase = Phase.inForce
        /// Whether its time came while a settlement was on the way, whatever the clock shows now.
        var hasLapsed = false

        /// The state that the message returns to if nobody says anything.
        var before: Possibilities { .alive(after: attempt - 1) }
    }

    let offer: Offer
    /// The place among all ids ever offered.
    let ordinal: Int
    /// Not before this may it be delivered, as far as that is known.
    var notBefore: MeshInstant
    var sequence: UInt64?
    /// What the broker holds, things on their way to the disk included.
    var present: Possibilities = .absent
    /// What it may hold if it crashes now.
    var durable: Possibilities = .absent
    /// How often the broker was asked to store it.
    var offerCount = 0
    var lease: Lease?
    var tokenMax: UInt64 = 0
    /// The collection of words that said that it is stored.
    var confirmation: Int?

    /// Whether it was a dead letter and may have come back into line.
    var isRedriven = false

    init(_ offer: Offer, ordinal: Int) {
        self.offer = offer
        self.ordinal = ordinal
        notBefore = offer.notBefore
    }

    /// Whether the depth limit counts it, for certain.
    var isCounted: Bool { present.isOnly(.alive) && durable.isSubset(of: [.alive, .absent]) }

    /// Whether the depth limit may count it.
    var mayCount: Bool { present.union(durable).allows(.alive) }

    /// It is so, on the disk too.
    mutating func isNow(_ state: Possibilities) {
        present = state
        durable = state
    }

    /// It may have been stored.
    mutating func mayBeStored() {
        guard present.contains(.absent) else { return }
        present.formUnion(.alive(after: 0))
        durable.formUnion(.alive(after: 0))
    }
}
