// SPDX-License-Identifier: MIT
import Orders
import Wire

extension BrokerTruth {
    /// What must be said to a settlement.
    enum Expectation {
        case taken, refused, either
    }

    struct PendingSettlement {
        /// nil when no message has that sequence.
        let key: MessageKey?
        let ask: SettlementAsk
        let expectation: Expectation
        let before: Possibilities
        let outcome: Possibilities
        let outputs: [PendingOffer]
        let fit: Fit
        let at: MeshInstant
    }

    struct PendingExtension {
        let key: MessageKey?
        let token: UInt64
        let expectation: Expectation
        let deadline: MeshInstant
    }

    mutating func receivedSettle(_ queue: Int, _ asks: [SettlementAsk], _ request: RequestKey) {
        pendingSettles[request] = asks.map { received($0, queue) }
    }

    private mutating func received(_ ask: SettlementAsk, _ queue: Int) -> PendingSettlement {
        let key = keys[queue][ask.sequence]
        let outputs = ask.outputs.map { offered($0.offer, $0.queue) }
        let expectation = expectation(key, ask.token)
        let lease = key.flatMap { messages[$0]?.lease }
        let before = lease?.before ?? .absent
        let outcome = outcome(of: ask, lease)
        let pending = PendingSettlement(
            key: key, ask: ask, expectation: expectation, before: before, outcome: outcome,
            outputs: outputs, fit: fit(ask.outputs, outputs), at: now)
        for (output, asked) in zip(outputs, ask.outputs) {
            keptBack(output, by: asked.offer.delay)
            stored(output.key)
        }
        guard let key, expectation != .refused else { return pending }
        let isSure = expectation == .taken && outputs.isEmpty
        change(key) { message in
            message.present = isSure ? outcome : message.present.union(outcome)
            message.durable.formUnion(outcome)
            // A message handed back is ready at once; nothing about it goes to the disk.
            if ask.verdict == .release, isSure {
                message.lease = nil
            } else {
                message.lease?.phase = .settling
            }
        }
        let unknown = outputs.filter { $0.before == .absent }.map(\.key)
        if !unknown.isEmpty, expectation == .taken {
            links.append(
                Link(
                    key: key, token: ask.token, before: before, outcome: outcome,
                    outputs: unknown))
        }
        return pending
    }

    /// One that is there already keeps the time that it has.
    private mutating func keptBack(_ output: PendingOffer, by delay: Duration) {
        guard delay > .zero, output.before == .absent else { return }
        let due = now + delay
        change(output.key) { $0.notBefore = max($0.notBefore, due) }
    }

    private func expectation(_ key: MessageKey?, _ token: UInt64) -> Expectation {
        guard let key, let lease = messages[key]?.lease, lease.token == token,
            lease.deadline > now
        else { return .refused }
        return lease.phase == .inForce ? .taken : .either
    }

    private func outcome(of ask: SettlementAsk, _ lease: MessageTruth.Lease?) -> Possibilities {
        guard let lease else { return [] }
        return switch ask.verdict {
        case .ack: .settled
        case .dead: .dead
        case .release: lease.before
        case .retry: failure(ofAttempt: lease.attempt)
        }
    }

    // MARK: - Answers

    mutating func answered(_ results: [SettleResult], _ request: RequestKey) throws(Breach) {
        guard let pending = pendingSettles.removeValue(forKey: request),
            pending.count == results.count
        else { throw Breach("an answer to settlements that fits none") }
        for (settlement, result) in zip(pending, results) {
            links.removeAll { $0.token == settlement.ask.token && $0.key == settlement.key }
            if result.code == 0 {
                try taken(settlement)
            } else {
                try refused(settlement, result)
            }
        }
    }

    private mutating func taken(_ settlement: PendingSettlement) throws(Breach) {
        let ask = settlement.ask
        guard settlement.expectation != .refused, let key = settlement.key else {
            throw Breach("\(ask.sequence) settled as \(ask.verdict) with a stale token")
        }
        guard !settlement.fit.cannot else {
            throw Breach("\(ask.sequence): outputs stored, above the limit of their queue")
        }
        for output in settlement.outputs { confirm(output.key) }
        if ask.verdict == .ack { settledCount += 1 }
        guard messages[key]?.tokenMax == ask.token else { return }
        change(key) { message in
            if ask.verdict != .release { message.isNow(settlement.outcome) }
            if message.lease?.token == ask.token { message.lease = nil }
            if ask.verdict == .retry, ask.retryAfter > .zero {
                message.notBefore = settlement.at + ask.retryAfter
            }
        }
    }

    private mutating func refused(
        _ settlement: PendingSettlement, _ result: SettleResult
    ) throws(Breach) {
        let ask = settlement.ask
        let isStale = result.code == WireErrorCode.staleLease.rawValue
        if isStale, settlement.expectation == .taken {
            throw Breach("\(ask.sequence): a living lease called stale")
        }
        if !isStale, settlement.expectation == .refused {
            throw Breach("\(ask.sequence): refused for another reason than its lease: \(result)")
        }
        if !isStale { try checkRefusal(result, settlement) }
        for output in settlement.outputs {
            withdraw(output, isCertain: result.effect == .notApplied)
        }
        guard !isStale, let key = settlement.key else { return }
        giveBack(key, settlement)
    }

    /// The lease goes on, as if nobody had asked.
    private mutating func giveBack(_ key: MessageKey, _ settlement: PendingSettlement) {
        let now = now
        change(key) { message in
            guard let lease = message.lease, lease.token == settlement.ask.token,
                lease.phase == .settling
            else { return }
            let hasLapsed =
                lease.hasLapsed || lease.deadline <= now || settlement.expectation == .either
            message.lease?.phase = hasLapsed ? .lapsed : .inForce
            if settlement.expectation == .taken, !hasLapsed { message.isNow(settlement.before) }
        }
    }

    /// Only outputs can be refused for want of room: what is there can always be settled.
    private func checkRefusal(
        _ result: SettleResult, _ settlement: PendingSettlement
    ) throws(Breach) {
        let isRoom = [WireErrorCode.queueFull, .diskFull, .messageTooLarge].contains {
            $0.rawValue == result.code
        }
        if result.code == WireErrorCode.diskFull.rawValue, mayBeFull, mayBeSpent { return }
        if result.code == WireErrorCode.queueFull.rawValue {
            try checkFull(
                result.pressure, retryAfter: result.retryAfterMilliseconds, settlement.fit)
        }
        let isRelease = settlement.ask.verdict == .release
        guard !settlement.outputs.isEmpty, isRoom || isRelease else {
            throw Breach("\(settlement.ask.sequence): a settlement refused: \(result)")
        }
    }

    // MARK: - Extensions

    mutating func receivedExtend(
        _ queue: Int, _ sequence: UInt64, _ token: UInt64, _ duration: Duration,
        _ request: RequestKey
    ) {
        let key = keys[queue][sequence]
        pendingExtensions[request] = PendingExtension(
            key: key, token: token, expectation: expectation(key, token), deadline: now + duration)
    }

    mutating func answeredExtend(
        deadlineMilliseconds: UInt64?, _ request: RequestKey
    ) throws(Breach) {
        guard let pending = pendingExtensions.removeValue(forKey: request) else { return }
        guard let deadlineMilliseconds else {
            if pending.expectation == .taken { throw Breach("a living lease not extended") }
            return
        }
        guard pending.expectation != .refused, let key = pending.key,
            deadlineMilliseconds == pending.deadline.milliseconds
        else { throw Breach("a lease extended that is over, or to another time than asked") }
        change(key) { message in
            guard message.lease?.token == pending.token else { return }
            message.lease?.deadline = pending.deadline
            message.lease?.hasLapsed = false
            if message.lease?.phase == .lapsed { message.lease?.phase = .inForce }
        }
    }
}
