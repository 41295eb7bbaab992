// SPDX-License-Identifier: MIT
import AWS
import Orders

/// What DynamoDB knows of one message: the truth, of which the message in SQS is the carrier.
///
/// SQS may deliver a message twice, and a bridge may die between two calls. Every step that must
/// happen once is therefore one conditional write here; what follows from it (sending, deleting,
/// hiding in SQS) can be repeated by whoever next receives the message.
struct MessageRecord: Equatable, Sendable {
    enum State: String, Sendable {
        /// Announced, its envelope kept until it was seen in SQS. Next: leased.
        case sent
        /// With a consumer until `leaseEnd`. Next: settled, waiting, dead, or leased again.
        case leased
        /// Retried, released, or redriven. Next: leased.
        case waiting
        /// Done. Final.
        case settled
        /// In the dead-letter queue. Next: waiting, by a redrive.
        case dead
    }

    let state: State

    /// SQS's id of the one copy that counts; another copy of the same message is a duplicate.
    let copy: String?

    /// Names the last lease and no other; nil before the first.
    let token: UInt64?

    let leaseEnd: MeshInstant

    /// Attempts begun, without those released.
    let attempts: UInt32

    /// Leases begun.
    let acquired: UInt32

    /// The envelope; only while `sent`.
    let body: String?

    /// What the last settlement publishes, until it is sure to be published.
    let outputs: [StoredOutput]

    let history: [StoredAttempt]
    let reason: String
    let deadSince: MeshInstant

    /// Whether it is known to lie in the dead-letter queue: another copy is then no use.
    let isBuried: Bool

    /// When it may come back, while `waiting`.
    let due: MeshInstant

    /// Nil when the item is none that the ledger writes, or there is none.
    init?(_ item: DynamoDBItem) {
        guard let state = item["state"]?.string.flatMap(State.init) else { return nil }
        self.state = state
        copy = item["copy"]?.string
        token = item["token"]?.integer()
        leaseEnd = Self.instant(item["lease_end"])
        attempts = item["attempts"]?.integer() ?? 0
        acquired = item["acquired"]?.integer() ?? 0
        body = item["body"]?.string
        outputs = (item["outputs"]?.list ?? []).compactMap(StoredOutput.init)
        history = (item["history"]?.list ?? []).compactMap(StoredAttempt.init)
        reason = item["reason"]?.string ?? ""
        deadSince = Self.instant(item["dead_since"])
        isBuried = item["buried"] != nil
        due = Self.instant(item["due"])
    }

    private static func instant(_ value: AttributeValue?) -> MeshInstant {
        MeshInstant(milliseconds: value?.integer() ?? 0)
    }
}
