// SPDX-License-Identifier: MIT
import Orders

extension QueueEngine {
    /// What is known of a message that is offered.
    enum Novelty {
        case fresh
        /// Published before.
        case known(MessageSequence)
        /// An earlier one of the same request has its id.
        case repeated
    }

    /// So many messages ahead of the one looked up, another is on its way into the cache.
    private static let anticipationCount = 8

    func novelties(of messages: [(queue: QueueNumber, message: OfferedMessage)]) -> [Novelty] {
        var ids = OfferedIDs(count: messages.count)
        return messages.indices.map { index in
            if index + Self.anticipationCount < messages.count {
                let ahead = messages[index + Self.anticipationCount]
                recent.anticipate(ahead.message.id, in: ahead.queue)
            }
            let (queue, message) = messages[index]
            if let known = recent.find(message.id, in: queue) { return .known(known.sequence) }
            return ids.insert(message.id, in: queue) ? .fresh : .repeated
        }
    }

    /// Those of `messages` that are not known yet, each once.
    static func fresh(
        _ messages: [(queue: QueueNumber, message: OfferedMessage)], _ novelties: [Novelty]
    ) -> [(queue: QueueNumber, message: OfferedMessage)] {
        zip(messages, novelties).compactMap { message, novelty in
            if case .fresh = novelty { message } else { nil }
        }
    }
}
