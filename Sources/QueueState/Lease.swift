// SPDX-License-Identifier: MIT
import Orders

/// A message in a consumer's hands.
struct Lease {
    let slot: SlotIndex
    let consumer: ConsumerID
    let token: LeaseToken
    var deadline: MeshInstant
    /// Its settlement is on the way to the disk: no other is taken, and it does not expire.
    var isSettling = false
}

/// A time at which something is to be looked at again; what it was for may be over by then.
struct Alarm: Comparable {
    let time: MeshInstant
    let sequence: MessageSequence
    let slot: SlotIndex

    static func < (left: Alarm, right: Alarm) -> Bool {
        left.time != right.time ? left.time < right.time : left.sequence < right.sequence
    }
}
