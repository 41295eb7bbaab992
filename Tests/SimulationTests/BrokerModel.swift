// SPDX-License-Identifier: MIT
import Orders
import QueueState

/// What a broker must hold, kept in the simplest way: the truth that the simulation checks against.
struct BrokerModel: Equatable {
    struct Message: Equatable {
        var id: MessageID
        var body: [UInt8]
        var attempts: UInt8 = 0
        var isDead = false
    }

    /// A change that one record of the log announces.
    enum Change {
        case publish(
            [(queue: QueueNumber, sequence: MessageSequence, id: MessageID, body: [UInt8])])
        indirect case acknowledge(QueueNumber, MessageSequence, outputs: Change)
        indirect case fail(QueueNumber, MessageSequence, isDead: Bool, outputs: Change)
        case redrive(QueueNumber, [MessageSequence])
        /// A message is elsewhere in the log, and nothing else.
        case move
    }

    var queues: [[MessageSequence: Message]]
    var settled: Set<MessageID> = []

    init(queueCount: Int) {
        queues = .init(repeating: [:], count: queueCount)
    }

    mutating func apply(_ change: Change) {
        switch change {
        case .publish(let messages):
            for (queue, sequence, id, body) in messages {
                queues[Int(queue.rawValue)][sequence] = Message(id: id, body: body)
            }
        case .acknowledge(let queue, let sequence, let outputs):
            if let gone = queues[Int(queue.rawValue)].removeValue(forKey: sequence) {
                settled.insert(gone.id)
            }
            apply(outputs)
        case .fail(let queue, let sequence, let isDead, let outputs):
            queues[Int(queue.rawValue)][sequence]?.attempts += 1
            queues[Int(queue.rawValue)][sequence]?.isDead = isDead
            apply(outputs)
        case .move: break
        case .redrive(let queue, let sequences):
            for sequence in sequences {
                queues[Int(queue.rawValue)][sequence]?.attempts = 0
                queues[Int(queue.rawValue)][sequence]?.isDead = false
            }
        }
    }

    /// Whether `contents`, as an engine lists them, are these of queue `index`.
    func matches(_ contents: [MessageView], queue index: Int) -> Bool {
        contents.count == queues[index].count
            && contents.allSatisfy { view in
                guard let message = queues[index][view.sequence] else { return false }
                return message.id == view.id && message.attempts == view.attempts
                    && message.isDead == (view.phase == .dead)
            }
    }
}
