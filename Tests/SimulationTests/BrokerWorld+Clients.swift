// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import SimulatedMachine

extension BrokerWorld {
    /// One thing that a client, the clock or the disk does.
    func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: try publish(count: 1)
        case 25..<30: try publish(count: Int.random(in: 2...5, using: &random))
        case 30..<45: try deliver()
        case 45..<70: try settle()
        case 70..<73: try settleStale()
        case 73..<76: try extend()
        case 76..<81: try passTime()
        case 81..<83: redrive()
        case 83..<88: try rewrite()
        default: try write()
        }
    }

    private var anyQueue: QueueNumber {
        QueueNumber(UInt16(Int.random(in: 0..<Self.queueCount, using: &random)))
    }

    private func note(_ change: BrokerModel.Change) {
        unanswered.append(change)
    }

    // MARK: - Publishing

    private func makeBody() -> (id: MessageID, body: [UInt8]) {
        let id = MessageID.make(at: now, using: &random)
        let count = Int.random(in: 0..<700, using: &random)
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: id.value.low), count: count)
        bodies[id] = body
        return (id, body)
    }

    private func publish(count: Int) throws {
        let queue = anyQueue
        var messages = (0..<count).map { _ in makeBody() }
        let repeated = random.once(in: 8) ? recentIDs.randomElement(using: &random) : nil
        if let repeated { messages[0] = (repeated, bodies[repeated] ?? []) }
        let isUrgent = random.once(in: 6)
        let notBefore = random.once(in: 8) ? now + .seconds(5) : .epoch
        var stored: [(QueueNumber, MessageSequence, MessageID, [UInt8])] = []
        do {
            try withNewMessages(messages, notBefore, isUrgent) { news in
                let results = try engine.publish(news, to: queue, now: now)
                for (message, result) in zip(messages, results) where !result.isDuplicate {
                    stored.append((queue, result.sequence, message.id, message.body))
                }
            }
        } catch QueueRefusal.queueFull(let pressure) {
            return try checkPressure(pressure, queue)
        }
        try checkNew(stored, repeated, in: queue)
        if !stored.isEmpty { note(.publish(stored)) }
        recentIDs = (recentIDs + stored.map(\.2)).suffix(20)
    }

    /// An id is stored in a queue once, while it is remembered.
    private func checkNew(
        _ stored: [(QueueNumber, MessageSequence, MessageID, [UInt8])], _ repeated: MessageID?,
        in queue: QueueNumber
    ) throws {
        guard let repeated, stored.contains(where: { $0.2 == repeated }) else { return }
        let isThere = model.queues[Int(queue.rawValue)].values.contains { $0.id == repeated }
        if isThere { throw Breach(description: "a message that is there was stored again") }
    }

    private func checkPressure(_ pressure: QueuePressure, _ queue: QueueNumber) throws {
        guard pressure.unit == .messages, pressure.retryAfter > .zero,
            engine.depth(of: queue) == pressure.depth
        else { throw Breach(description: "a refusal for depth that is not so: \(pressure)") }
    }

    private func withNewMessages(
        _ messages: [(id: MessageID, body: [UInt8])], _ notBefore: MeshInstant, _ isUrgent: Bool,
        _ body: ([OfferedMessage]) throws -> Void
    ) throws {
        let bytes = messages.reduce(into: [UInt8]()) { $0 += $1.body }
        try bytes.withUnsafeBytes { all in
            var offset = 0
            let news = messages.map { message in
                defer { offset += message.body.count }
                return OfferedMessage(
                    id: message.id, tenant: TenantKey(name: []), group: .none,
                    notBefore: notBefore, isUrgent: isUrgent,
                    envelope: .init(rebasing: all[offset..<offset + message.body.count]))
            }
            try body(news)
        }
    }

    // MARK: - Consuming

    private func deliver() throws {
        let queue = anyQueue
        var deliveries: [Delivery] = []
        _ = engine.deliver(from: queue, now: now, isHeld: { _ in true }) { deliveries.append($0) }
        for delivery in deliveries {
            try checkDelivery(delivery, queue)
            tokenMax = delivery.token
            held.append(Held(queue: queue, delivery: delivery, deadline: now + Self.leaseDuration))
        }
    }

    private func checkDelivery(_ delivery: Delivery, _ queue: QueueNumber) throws {
        guard let message = model.queues[Int(queue.rawValue)][delivery.sequence] else {
            throw Breach(
                description: "\(delivery.sequence) delivered, though not durable or settled")
        }
        guard !message.isDead, delivery.attempt == message.attempts + 1 else {
            throw Breach(
                description:
                    "\(delivery.sequence) delivered dead or miscounted: \(message.isDead) \(message.attempts) \(delivery.attempt)"
            )
        }
        guard delivery.token > tokenMax else {
            throw Breach(description: "a token that does not exceed those before")
        }
        let isElsewhere = held.contains {
            $0.queue == queue && $0.delivery.sequence == delivery.sequence && $0.deadline > now
        }
        if isElsewhere { throw Breach(description: "\(delivery.sequence) leased twice at a time") }
    }

    private func settle() throws {
        guard let index = held.indices.randomElement(using: &random) else { return }
        let item = held.remove(at: index)
        engine.addCredit(1, to: item.delivery.consumer, on: item.queue)
        let verdicts: [SettlementRequest.Verdict] = [
            .acknowledge, .acknowledge, .acknowledge, .retry(after: nil),
            .retry(after: .seconds(2)), .release, .dead,
        ]
        let verdict = verdicts.randomElement(using: &random) ?? .acknowledge
        let outputCount = verdict == .release ? 0 : Int.random(in: 0...2, using: &random)
        let messages = (0..<outputCount).map { _ in makeBody() }
        let targets = messages.map { _ in anyQueue }
        let sequences = targets.map { engine.nextSequence(of: $0) }
        do {
            try withNewMessages(messages, .epoch, false) { news in
                let luck = random.next()
                try engine.settle(
                    SettlementRequest(
                        sequence: item.delivery.sequence, token: item.delivery.token,
                        verdict: verdict, reason: "because",
                        outputs: zip(targets, news).map { ($0, $1) }),
                    on: item.queue, now: now, random: luck)
            }
        } catch QueueRefusal.staleLease {
            if item.deadline > now { throw Breach(description: "a living lease called stale") }
            return
        } catch QueueRefusal.queueFull {
            return held.append(item)
        }
        if item.deadline <= now { throw Breach(description: "an expired lease settled") }
        noteSettlement(
            item, verdict, zip(targets, zip(sequences, messages)).map { ($0, $1.0, $1.1) })
    }

    private func noteSettlement(
        _ item: Held, _ verdict: SettlementRequest.Verdict,
        _ outputs: [(QueueNumber, MessageSequence, (id: MessageID, body: [UInt8]))]
    ) {
        var offsets: [QueueNumber: UInt64] = [:]
        let published = outputs.map { queue, first, message in
            let offset = offsets[queue] ?? 0
            offsets[queue] = offset + 1
            return (queue, MessageSequence(first.rawValue + offset), message.id, message.body)
        }
        let (queue, sequence) = (item.queue, item.delivery.sequence)
        switch verdict {
        case .release: break
        case .acknowledge: note(.acknowledge(queue, sequence, outputs: .publish(published)))
        case .dead: note(.fail(queue, sequence, isDead: true, outputs: .publish(published)))
        case .retry:
            let isDead = item.delivery.attempt >= Self.attemptsMax
            note(.fail(queue, sequence, isDead: isDead, outputs: .publish(published)))
        }
        if verdict != .release { settling.insert(item.delivery.token.rawValue) }
    }

    /// Settling again with a token that was used, or that never was, is refused.
    private func settleStale() throws {
        guard let used = settling.randomElement(using: &random) else { return }
        for token in [used, tokenMax.rawValue + 1] {
            for index in 0..<Self.queueCount {
                for sequence in model.queues[index].keys.sorted().prefix(3) {
                    let request = SettlementRequest(
                        sequence: sequence, token: LeaseToken(token), verdict: .acknowledge)
                    do {
                        try engine.settle(
                            request, on: QueueNumber(UInt16(index)), now: now, random: 0)
                    } catch QueueRefusal.staleLease { continue }
                    throw Breach(description: "settled \(sequence) with a stale token")
                }
            }
        }
    }

    private func extend() throws {
        guard let index = held.indices.randomElement(using: &random),
            held[index].deadline > now
        else { return }
        held[index].deadline = try engine.extend(
            held[index].delivery.sequence, held[index].delivery.token, by: .seconds(20),
            on: held[index].queue, now: now)
    }

    // MARK: - Time, people and the disk

    private func passTime() throws {
        now += .milliseconds(Int64.random(in: 1...4000, using: &random))
        let expired = held.filter { $0.deadline <= now }.sorted {
            ($0.queue.rawValue, $0.deadline, $0.delivery.sequence)
                < ($1.queue.rawValue, $1.deadline, $1.delivery.sequence)
        }
        held.removeAll { $0.deadline <= now }
        engine.advance(to: now, using: &random)
        for item in expired {
            engine.addCredit(1, to: item.delivery.consumer, on: item.queue)
            let isDead = item.delivery.attempt >= Self.attemptsMax
            note(
                .fail(
                    item.queue, item.delivery.sequence, isDead: isDead, outputs: .publish([])))
        }
    }

    private func redrive() {
        let queue = anyQueue
        let dead = engine.deadMessages(in: queue, after: MessageSequence(0), limit: 3)
        let sequences = dead.messages.map(\.sequence)
        guard !sequences.isEmpty else { return }
        let count = engine.redrive(
            RedriveRequest(sequences: sequences), on: queue,
            by: Requester(who: "simulator", why: "by chance"), now: now
        ).count
        if count > 0 { note(.redrive(queue, Array(sequences.prefix(count)))) }
    }

    /// Some of what a snapshot found is moved; much may have happened to it since.
    private func rewrite() throws {
        for straggler in stragglers.prefix(5) where engine.isMovable(straggler) {
            let place = straggler.envelope
            let excerpt = try LogExcerpt(
                from: storage, at: place.position, byteCount: 1024,
                limit: Self.geometry.segmentByteCount)
            let isMoved: Bool? = excerpt.withBytes(at: place.position) { bytes in
                engine.move(
                    straggler,
                    envelope: .init(
                        rebasing: bytes[place.delta..<place.delta + place.byteCount]))
            }
            if isMoved == true {
                note(.move)
                moveCount += 1
            }
        }
        stragglers.removeFirst(min(stragglers.count, 5))
    }

    private func write() throws {
        batches += engine.takeBatches()
        if !batches.isEmpty { try writeFirst() }
    }
}
