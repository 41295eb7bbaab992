// SPDX-License-Identifier: MIT
package import Orders

/// What a broker knows of an id.
package enum MessageStanding: UInt8, Equatable, Sendable {
    /// Not published, or so long ago that it is forgotten.
    case neverSeen = 0
    /// Not settled; it may be dead.
    case held = 1
    case settled = 2
}

/// A message that failed for good.
package struct DeadMessage: Equatable, Sendable {
    package let sequence: MessageSequence
    package let id: MessageID
    package let death: Death
    package let attempts: [FailedAttempt]
    package let envelope: EnvelopePlace
    /// Messages of its group that wait for it.
    package var heldCount = 0
}

/// One message, as `QueueEngine.contents` lists it.
package struct MessageView: Equatable, Sendable {
    package let sequence: MessageSequence
    package let id: MessageID
    package let phase: MessagePhase
    /// Attempts that failed.
    package let attempts: UInt8
    package let envelope: EnvelopePlace
}

extension QueueEngine {
    package func name(of queue: QueueNumber) -> QueueName { queues[Int(queue.rawValue)].name }

    package func policy(of queue: QueueNumber) -> QueuePolicy { queues[Int(queue.rawValue)].policy }

    /// What the next message of a queue will be numbered.
    package func nextSequence(of queue: QueueNumber) -> MessageSequence {
        queues[Int(queue.rawValue)].nextSequence
    }

    /// Whether nothing is delivered from the queue until somebody resumes it.
    package func isPaused(_ queue: QueueNumber) -> Bool { queues[Int(queue.rawValue)].isPaused }

    /// Messages that are not dead.
    package func depth(of queue: QueueNumber) -> UInt64 { queues[Int(queue.rawValue)].depth }

    package mutating func depths(of queue: QueueNumber, now: MeshInstant) -> QueueDepths {
        queues[Int(queue.rawValue)].depths(now: now)
    }

    /// What is known of `id`; to be told only when all that is pending is durable.
    package func standing(of id: MessageID, in queue: QueueNumber) -> MessageStanding {
        guard let entry = recent.find(id, in: queue) else { return .neverSeen }
        let table = queues[Int(queue.rawValue)].table
        return table.holds(entry.sequence, in: entry.slot) ? .held : .settled
    }

    /// The shares of tenants that have not the usual one, by name.
    package var tenantWeights: [(tenant: String, weight: UInt32)] {
        weights.byName.sorted { $0.key < $1.key }.map { (tenant: $0.key, weight: $0.value) }
    }

    /// The newest `limit` acts with numbers below `before`, newest first.
    package func acts(before: UInt64, limit: Int) -> [(number: UInt64, act: OperatorAct)] {
        audit.page(before: before, limit: limit)
    }

    /// Dead messages that match, with sequences above `after`, oldest first.
    ///
    /// - Returns: at most `limit`, and where to go on when there may be others: one call looks at
    ///   `searchCountMax`.
    package func deadMessages(
        in queue: QueueNumber, after: MessageSequence, limit: Int,
        matching filter: DeadMessageFilter = .all
    ) -> (messages: [DeadMessage], next: MessageSequence?) {
        var found: [DeadMessage] = []
        var (seenCount, last) = (0, after)
        var next: MessageSequence?
        queues[Int(queue.rawValue)].dead.forEach(after: after) { sequence, slot, death in
            guard found.count < limit, seenCount < Self.searchCountMax else {
                next = last
                return false
            }
            (seenCount, last) = (seenCount + 1, sequence)
            let message = queues[Int(queue.rawValue)].table[slot]
            if filter.matches(message, death) {
                found.append(
                    DeadMessage(
                        sequence: sequence, id: message.id, death: death,
                        attempts: queues[Int(queue.rawValue)].failures[sequence] ?? [],
                        envelope: message.place))
            }
            return true
        }
        queues[Int(queue.rawValue)].countHeld(behind: &found, lookingAt: Self.searchCountMax)
        return (found, next)
    }

    /// More would hold up everybody else.
    private static let searchCountMax = 100_000

    /// Every message of a queue, by sequence: for people and for proofs, not for hot paths.
    package func contents(of queue: QueueNumber) -> [MessageView] {
        var views: [MessageView] = []
        queues[Int(queue.rawValue)].table.forEach { _, message in
            views.append(
                MessageView(
                    sequence: MessageSequence(message.sequence), id: message.id,
                    phase: message.phase, attempts: message.attempts, envelope: message.place))
        }
        return views.sorted { $0.sequence < $1.sequence }
    }
}
