// SPDX-License-Identifier: MIT
import QueueState
import Sessions

/// A queue of the order's way through the mesh, and what it is made with.
struct MeshQueue: Sendable {
    let name: QueueName
    let policy: QueuePolicy

    static let all = AccessPolicy.queues.map { text in
        MeshQueue(
            name: QueueName(unchecked: text),
            policy: text == "notification-retry" ? .patient : QueuePolicy())
    }
}
