// SPDX-License-Identifier: MIT
package import Orders
package import SegmentLog

extension QueueEngine {
    /// Why `deliver` stopped.
    package enum DeliveryEnd: Equatable, Sendable {
        /// Nothing is ready, or nobody has credit.
        case done
        /// The next message is to be read from disk first, at `position`; then call again.
        case absent(LogPosition)
    }

    /// Adds a consumer.
    package mutating func subscribe(
        _ consumer: ConsumerID, worker: String, credit: UInt32, to queue: QueueNumber
    ) {
        queues[Int(queue.rawValue)].consumers.add(consumer, worker: worker, credit: credit)
        news.insert(queue)
    }

    package mutating func addCredit(
        _ credit: UInt32, to consumer: ConsumerID, on queue: QueueNumber
    ) {
        queues[Int(queue.rawValue)].consumers.addCredit(credit, to: consumer)
        news.insert(queue)
    }

    /// Removes a consumer; what it holds is ready again, no attempt burned.
    package mutating func unsubscribe(_ consumer: ConsumerID, from queue: QueueNumber) {
        let index = Int(queue.rawValue)
        queues[index].consumers.remove(consumer)
        var held: [(MessageSequence, Lease)] = []
        queues[index].leases.forEach { sequence, lease in
            if lease.consumer == consumer, !lease.isSettling { held.append((sequence, lease)) }
        }
        // The last goes back first, so that the first ends up in front.
        for (sequence, lease) in held.sorted(by: { $0.0 > $1.0 }) {
            queues[index].release(sequence, lease)
        }
        news.insert(queue)
    }

    /// Takes all credit away: nothing is delivered any more, what is leased may be settled.
    package mutating func stopDelivering() {
        for index in queues.indices { queues[index].consumers.removeAllCredit() }
    }

    /// Queues with something new to deliver since the last call.
    package mutating func takeNews() -> [QueueNumber] { news.takeAll() }

    /// Leases ready messages to consumers with credit, in turn, and hands each to `send`.
    ///
    /// - Parameter isHeld: whether the record at a position is in memory.
    package mutating func deliver(
        from queue: QueueNumber, now: MeshInstant, isHeld: (LogPosition) -> Bool,
        send: (Delivery) -> Void
    ) -> DeliveryEnd {
        let index = Int(queue.rawValue)
        guard isEpochDurable, !queues[index].isPaused else { return .done }
        let weights = weights
        while queues[index].firstReady() != nil, let turn = queues[index].consumers.next() {
            var count: UInt32 = 0
            defer { queues[index].consumers.spend(count) }
            while count < turn.limit, let next = queues[index].firstReady() {
                let position = queues[index].table[next].position
                guard isHeld(position) else { return .absent(position) }
                let token = makeToken()
                let slot = queues[index].leaseFirst(
                    to: turn.id, token: token, weights: weights, now: now)
                send(delivery(index, slot, turn.id, token))
                count += 1
            }
        }
        return .done
    }

    private func delivery(
        _ index: Int, _ slot: SlotIndex, _ consumer: ConsumerID, _ token: LeaseToken
    ) -> Delivery {
        let message = queues[index].table[slot]
        let policy = queues[index].policy
        return Delivery(
            consumer: consumer, sequence: MessageSequence(message.sequence), token: token,
            attempt: message.attempts + 1, attemptsMax: policy.attemptsMax,
            acquired: message.acquired, leaseDuration: policy.leaseDuration,
            publishedMilliseconds: message.publishedMilliseconds, envelope: message.place)
    }
}

extension StoredMessage {
    var place: EnvelopePlace {
        get {
            EnvelopePlace(
                position: position, delta: Int(envelopeDelta), byteCount: Int(envelopeByteCount))
        }
        set {
            segment = newValue.position.segment.rawValue
            recordOffset = newValue.position.offset
            envelopeDelta = UInt32(newValue.delta)
            envelopeByteCount = UInt32(newValue.byteCount)
        }
    }
}
