// SPDX-License-Identifier: MIT
import Orders

/// A message whose end is written in its record, and its carrier in SQS, which does not know yet.
struct EndedDelivery: Sendable {
    let key: MessageKey
    let record: MessageRecord
    let receiptHandle: String
    /// The envelope as text.
    let body: String
}

extension EndedDelivery {
    init(_ lease: HeldLease, _ record: MessageRecord) {
        self.init(
            key: lease.key, record: record, receiptHandle: lease.receiptHandle, body: lease.body)
    }
}
