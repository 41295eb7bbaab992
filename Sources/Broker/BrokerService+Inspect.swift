// SPDX-License-Identifier: MIT
package import QueueState

/// What a proof may see of a broker from within. On its event loop only.
extension BrokerService {
    /// Every message of a queue, those not durable yet included.
    package func contents(of queue: QueueName) -> [MessageView] {
        engine.number(of: queue).map { engine.contents(of: $0) } ?? []
    }

    /// Whether nothing is delivered from the queue until somebody resumes it.
    package func isPaused(_ queue: QueueName) -> Bool {
        engine.number(of: queue).map { engine.isPaused($0) } ?? false
    }

    /// What the queue's depth limit is held against.
    package func depth(of queue: QueueName) -> UInt64 {
        engine.number(of: queue).map { engine.depth(of: $0) } ?? 0
    }

    /// Whether all that was prepared is durable.
    package var isQuiet: Bool { !engine.hasBatches && !isWriting && awaiting.isEmpty }
}
