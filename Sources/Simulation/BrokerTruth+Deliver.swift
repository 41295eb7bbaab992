// SPDX-License-Identifier: MIT
import Orders
import Wire

extension BrokerTruth {
    mutating func received(
        credit: UInt32, _ subscription: UInt32, queue: Int?, _ connection: Int
    ) {
        let key = SubscriptionKey(connection: connection, subscription: subscription)
        if let queue {
            credits[key] = Subscription(queue: queue, credit: Int(credit))
        } else {
            credits[key]?.credit += Int(credit)
        }
    }

    /// What the subscription holds is free at once.
    mutating func receivedStop(_ subscription: UInt32, _ connection: Int) {
        turns.disturb(during: collection + 1)
        for key in leased {
            guard let lease = messages[key]?.lease, lease.connection == connection,
                lease.subscription == subscription
            else { continue }
            change(key) { $0.lease = nil }
        }
        credits[SubscriptionKey(connection: connection, subscription: subscription)] = nil
    }

    mutating func delivered(
        _ delivery: Wire.Delivery, to subscription: UInt32, of connection: Int
    ) throws(Breach) {
        let key = SubscriptionKey(connection: connection, subscription: subscription)
        guard let queue = credits[key]?.queue else {
            throw Breach("a delivery to a subscription that is not there")
        }
        credits[key]?.credit -= 1
        if credits[key]?.credit ?? -1 < 0 {
            throw Breach("\(delivery.sequence) delivered without credit")
        }
        try delivered(delivery, queue, key)
    }

    private mutating func delivered(
        _ delivery: Wire.Delivery, _ queue: Int, _ subscription: SubscriptionKey
    ) throws(Breach) {
        let key = MessageKey(queue: queue, id: delivery.message.id)
        guard let message = messages[key] else {
            throw Breach("\(delivery.sequence) delivered, though nobody published it")
        }
        try check(delivery, key, message)
        try number(key, delivery.sequence)
        try judgeTurn(key, message)
        let before = Possibilities.alive(after: Int(delivery.attempt) - 1)
        resolveLinks(of: key, before)
        let lease = MessageTruth.Lease(
            token: delivery.token, attempt: Int(delivery.attempt),
            connection: subscription.connection, subscription: subscription.subscription,
            deadline: now + .milliseconds(delivery.leaseMilliseconds))
        change(key) { message in
            message.isNow(before)
            message.lease = lease
            message.tokenMax = delivery.token
        }
        leased.append(key)
        tokenMax = max(tokenMax, delivery.token)
        deliveredCount += 1
    }

    private func check(
        _ delivery: Wire.Delivery, _ key: MessageKey, _ message: MessageTruth
    ) throws(Breach) {
        let name = "\(delivery.sequence) of queue \(key.queue)"
        guard delivery.attempt >= 1, Int(delivery.attempt) <= rules.attemptsMax,
            message.present.contains(.alive(after: Int(delivery.attempt) - 1))
        else {
            throw Breach("\(name), attempt \(delivery.attempt): it is \(message.present)")
        }
        guard delivery.token > message.tokenMax, delivery.token > tokenFloor else {
            throw Breach(
                "\(name): token \(delivery.token) after \(message.tokenMax) and \(tokenFloor)")
        }
        if let lease = message.lease, lease.phase == .inForce, lease.deadline > now {
            throw Breach("\(name): leased twice at a time, \(lease)")
        }
        if let pause = pauses[key.queue], pause < collection {
            throw Breach("\(name): delivered though the queue is paused")
        }
        guard message.notBefore <= latest else { throw Breach("\(name): delivered too early") }
        let body = Offer.body(delivery.message.id, byteCount: message.offer.byteCount)
        guard delivery.message.body == body else { throw Breach("\(name): another body") }
        for other in open[key.queue] where other != key {
            guard let other = messages[other] else { continue }
            try checkUrgent(message, other, name)
            try checkGroup(message, other, sequence: delivery.sequence, name)
            try checkHeld(message, other, sequence: delivery.sequence, name)
        }
    }

    /// What is ready for certain and urgent goes before what is not urgent.
    private func checkUrgent(
        _ message: MessageTruth, _ urgent: MessageTruth, _ name: String
    ) throws(Breach) {
        guard !message.offer.isUrgent, urgent.offer.isUrgent, urgent.offer.group == .zero,
            urgent.tokenMax == 0, urgent.offer.isAtOnce, isInLine(urgent)
        else { return }
        throw Breach("\(name): delivered before \(urgent.sequence ?? 0), which is urgent")
    }

    /// Within a group one goes at a time, and the earlier first.
    private func checkGroup(
        _ message: MessageTruth, _ other: MessageTruth, sequence: UInt64, _ name: String
    ) throws(Breach) {
        guard message.offer.group != .zero, other.offer.group == message.offer.group else { return }
        if let lease = other.lease, lease.phase == .inForce, lease.deadline > now {
            throw Breach("\(name): delivered while \(other.sequence ?? 0) of its group is leased")
        }
        // Compensations, delayed and redriven ones join their group when they come into line.
        guard !message.offer.isUrgent, !other.offer.isUrgent, !other.isRedriven,
            other.offer.isAtOnce, other.sequence ?? .max < sequence, isInLine(other)
        else { return }
        throw Breach("\(name): delivered before \(other.sequence ?? 0) of its group")
    }

    /// What comes behind a dead letter of its group waits for it, unless it undoes something.
    private func checkHeld(
        _ message: MessageTruth, _ other: MessageTruth, sequence: UInt64, _ name: String
    ) throws(Breach) {
        guard rules.holdsBehindDead, !message.offer.isUrgent, message.offer.group != .zero,
            other.offer.group == message.offer.group, other.sequence ?? .max < sequence,
            other.present.isOnly(.dead), other.durable.isOnly(.dead)
        else { return }
        throw Breach("\(name): delivered while \(other.sequence ?? 0) of its group is dead")
    }

    /// Whether the message is to be delivered, and was before the last words were collected.
    func isInLine(_ message: MessageTruth) -> Bool {
        message.present.isOnly(.alive) && message.durable.isOnly(.alive)
            && message.confirmation ?? collection < collection
    }
}
