// SPDX-License-Identifier: MIT
import Orders
import Wire

extension BrokerTruth {
    /// A message offered, and what was known of it when the offer reached the broker.
    struct PendingOffer {
        let key: MessageKey
        let before: Possibilities
        let beforeDurable: Possibilities
        /// The how many-th offer of the message it is.
        let number: Int
    }

    struct PendingPublish {
        let offers: [PendingOffer]
        let fit: Fit
        /// One of them is longer than a record may be.
        let isTooLong: Bool
        /// There is room for all of them, on the disk too.
        let mustBeTaken: Bool
    }

    mutating func receivedPublish(_ queue: Int, _ offers: [Offer], _ request: RequestKey) {
        let pending = offers.map { offered($0, queue) }
        let fit = fit(offers.map { (queue, $0) }, pending)
        // In a batch, the sum counts.
        let byteCount = offers.reduce(0) { $0 + $1.byteCount + Offer.overheadMax }
        pendingPublishes[request] = PendingPublish(
            offers: pending, fit: fit,
            isTooLong: offers.contains { $0.byteCount > rules.bodyByteCountMax },
            mustBeTaken: byteCount <= rules.bodyByteCountMax && !mayBeFull && fit.must)
        for offer in pending { stored(offer.key) }
    }

    /// Notes an offer that reaches the broker; `stored` must follow.
    mutating func offered(_ offer: Offer, _ queue: Int) -> PendingOffer {
        let key = MessageKey(queue: queue, id: offer.id)
        learn(key, offer)
        change(key) { $0.offerCount += 1 }
        return PendingOffer(
            key: key, before: messages[key]?.present ?? .absent,
            beforeDurable: messages[key]?.durable ?? .absent,
            number: messages[key]?.offerCount ?? 0)
    }

    mutating func stored(_ key: MessageKey) {
        change(key) { $0.mayBeStored() }
    }

    // MARK: - Answers

    mutating func answered(
        _ sequences: [UInt64], isDuplicate: Bool?, _ request: RequestKey
    ) throws(Breach) {
        guard let pending = pendingPublishes.removeValue(forKey: request),
            pending.offers.count == sequences.count
        else { throw Breach("an answer to a publish that fits none") }
        if pending.isTooLong || pending.fit.cannot {
            throw Breach("\(sequences) stored, above the limit of the queue or of a message")
        }
        for (offer, sequence) in zip(pending.offers, sequences) {
            if isDuplicate == false, !offer.before.contains(.absent) {
                throw Breach("\(sequence) stored again, though its id is known")
            }
            if isDuplicate == true, offer.before == .absent {
                throw Breach("\(sequence) called known, though its id is new")
            }
            try number(offer.key, sequence)
            confirm(offer.key)
        }
        publishedCount += sequences.count
    }

    /// The message is stored, and durable.
    mutating func confirm(_ key: MessageKey) {
        let collection = collection
        change(key) { message in
            if message.confirmation == nil { message.confirmation = collection }
            message.present.remove(.absent)
            message.durable.remove(.absent)
        }
    }

    /// The place of a message in its queue, given once.
    mutating func number(_ key: MessageKey, _ sequence: UInt64) throws(Breach) {
        if let known = messages[key]?.sequence, known != sequence {
            throw Breach("a message is both \(known) and \(sequence) of queue \(key.queue)")
        }
        if let other = keys[key.queue][sequence], other != key {
            throw Breach("two messages are \(sequence) of queue \(key.queue)")
        }
        keys[key.queue][sequence] = key
        change(key) { $0.sequence = sequence }
    }

    mutating func refusedPublish(_ reply: ErrorReply, _ request: RequestKey) throws(Breach) {
        guard let pending = pendingPublishes.removeValue(forKey: request) else {
            throw Breach("a refusal of a publish that nobody sent")
        }
        let isApplied = reply.effect == .maybeApplied
        if !isApplied { try checkRefusal(reply, pending) }
        for offer in pending.offers { withdraw(offer, isCertain: !isApplied) }
    }

    /// An offer came to nothing, or perhaps did not. If it was the only one, there is no message.
    mutating func withdraw(_ offer: PendingOffer, isCertain: Bool) {
        change(offer.key) { message in
            guard isCertain, offer.before == .absent, message.offerCount == offer.number else {
                return
            }
            message.present = .absent
            message.durable = offer.beforeDurable
        }
    }

    private func checkRefusal(
        _ reply: ErrorReply, _ pending: PendingPublish
    ) throws(Breach) {
        switch WireErrorCode(rawValue: reply.code) {
        case .queueFull:
            try checkFull(
                reply.pressure, retryAfter: reply.retryAfterMilliseconds, pending.fit)
        case .messageTooLarge:
            if pending.mustBeTaken { throw Breach("refused, though there is room: \(reply)") }
        case .diskFull:
            if !mayBeFull { throw Breach("called full, though the disk has room") }
        default: throw Breach("a publish refused for no reason: \(reply)")
        }
    }
}
