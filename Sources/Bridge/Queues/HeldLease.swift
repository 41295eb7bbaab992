// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState

/// A delivery that this bridge made and that is not settled.
struct HeldLease: Sendable {
    let key: MessageKey
    let token: UInt64
    /// What SQS wants to see when the message is deleted or shown again.
    let receiptHandle: String
    /// The envelope as text.
    let body: String
    let attempt: UInt32
    var end: MeshInstant
    let subscription: SubscriptionID
}

/// Names a subscription of a session.
struct SubscriptionID: Hashable, Sendable {
    let session: UInt64
    let number: UInt32
}
