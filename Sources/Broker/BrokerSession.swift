// SPDX-License-Identifier: MIT
import QueueState
import SecureTransport
import Sessions

/// What the broker keeps of one session.
final class BrokerSession {
    let session: ServerSession
    /// By the number the client chose.
    var subscriptions: [UInt32: Subscription] = [:]
    /// Queues whose depth is pushed, and what was told last; nothing yet, of one just asked for.
    var watched: [QueueNumber: ToldDepth?] = [:]
    /// Whether the service has it among those with answers that wait.
    var isAwaiting = false
    private var verbs: [AccessPolicy.Verbs?] = []

    /// What watchers are told when it changes.
    struct ToldDepth: Equatable {
        var depth: UInt64
        var isPaused: Bool
    }

    init(_ session: ServerSession) {
        self.session = session
    }

    /// Whether the peer may do `verb` with the queue; looked up once for each queue.
    func may(
        _ verb: AccessPolicy.Verbs, _ queue: QueueNumber, named name: @autoclosure () -> QueueName,
        by policy: AccessPolicy
    ) -> Bool {
        let index = Int(queue.rawValue)
        while verbs.count <= index { verbs.append(nil) }
        if let known = verbs[index] { return known.contains(verb) }
        let found = policy.verbs(of: session.peer, on: name().text)
        verbs[index] = found
        return found.contains(verb)
    }
}

/// One CONSUME.
final class Subscription {
    let consumer: ConsumerID
    let queue: QueueNumber
    let session: ServerSession
    /// Deliveries gathered in this turn of the event loop.
    var frame: DeliverFrame

    init(_ consumer: ConsumerID, _ queue: QueueNumber, _ session: ServerSession, number: UInt32) {
        self.consumer = consumer
        self.queue = queue
        self.session = session
        frame = DeliverFrame(subscription: number)
    }

    /// Writes what has gathered to the session.
    func send() {
        guard frame.count > 0 else { return }
        session.push(frame)
        frame.removeAll()
    }
}
