// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState

/// A message that a settlement publishes, as it is kept in the record of the message settled.
struct StoredOutput: Equatable, Sendable {
    let key: MessageKey

    /// The envelope as text.
    let body: String

    let notBefore: MeshInstant

    init(key: MessageKey, body: String, notBefore: MeshInstant) {
        self.key = key
        self.body = body
        self.notBefore = notBefore
    }

    /// Nil when it is not one that `attribute` made.
    init?(_ attribute: AttributeValue) {
        guard let map = attribute.map,
            let queue = map["queue"]?.string.flatMap(QueueName.init),
            let id = map["id"]?.string.flatMap(UniqueID.init),
            let body = map["body"]?.string,
            let notBefore = map["not_before"]?.integer(UInt64.self)
        else { return nil }
        key = MessageKey(queue: queue, id: id)
        self.body = body
        self.notBefore = MeshInstant(milliseconds: notBefore)
    }

    var attribute: AttributeValue {
        .map([
            "queue": .string(key.queue.text), "id": .string(key.id.description),
            "body": .string(body), "not_before": .number(notBefore.milliseconds),
        ])
    }
}
