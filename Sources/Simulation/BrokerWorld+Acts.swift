// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SimulatedMachine
import Wire

extension BrokerWorld {
    /// A client does one thing.
    func act(_ client: SimulatedClient) throws {
        guard client.connection != nil else { return try connect(client) }
        guard client.isOpen else { return }
        switch (client.role, isDraining) {
        case (.publisher, false): publish(client)
        case (.publisher, true): publishRest(client)
        case (.consumer, false): consume(client)
        case (.consumer, true): consumeRest(client)
        case (.operator, false): operate(client)
        case (.operator, true): redriveRest(client)
        }
    }

    private var anyQueue: Int { Int.random(in: 0..<SimulationRules.queueCount, using: &random) }

    // MARK: - Publishing

    private static let inFlightMax = 6

    private func publish(_ client: SimulatedClient) {
        guard client.waiting.count < Self.inFlightMax else { return }
        if !client.retries.isEmpty, random.once(in: 2) { return publishRest(client) }
        let isBatch = random.once(in: rules.isCrowded ? 2 : 6)
        let count = isBatch ? Int.random(in: 1...(rules.isCrowded ? 8 : 4), using: &random) : 1
        var offers = (0..<count).map { _ in makeOffer() }
        let queue = rules.isCrowded && !random.once(in: 8) ? 0 : anyQueue
        if random.once(in: 10), let known = knownID(in: queue) { offers[0] = known }
        client.send(.publish(queue: queue, offers, isBatch: isBatch))
    }

    private func makeOffer() -> Offer {
        let id = MessageID.make(at: clock.now(), using: &random).value
        let byteCount =
            random.once(in: 25)
            ? [3_000, 9_000, rules.bodyByteCountMax, rules.bodyByteCountMax + 2_000]
                .randomElement(using: &random) ?? 0
            : Int.random(in: 0...600, using: &random)
        return Offer(
            id: id, byteCount: byteCount, isUrgent: random.once(in: 8),
            notBefore: random.once(in: 8) ? clock.now() + .seconds(3) : .epoch,
            group: random.once(in: rules.isCrowded ? 12 : 3) ? anyGroup : .zero)
    }

    private var anyGroup: UniqueID {
        UniqueID(high: 9, low: UInt64.random(in: 1...3, using: &random))
    }

    /// A message offered lately, as it was.
    private func knownID(in queue: Int) -> Offer? {
        guard let key = truth.open[queue].suffix(6).randomElement(using: &random),
            let message = truth.messages[key], truth.isRemembered(key)
        else { return nil }
        return message.offer
    }

    private func publishRest(_ client: SimulatedClient) {
        guard !client.retries.isEmpty else { return }
        let request = client.retries.removeFirst()
        if !truth.isForgotten(request) { client.send(request) }
    }

    // MARK: - Consuming

    private func consume(_ client: SimulatedClient) {
        if client.subscriptions.count < 2 {
            return client.consume(anyQueue, credit: UInt32.random(in: 1...5, using: &random))
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<11: settle(client)
        case 11..<14: giveCredit(client)
        case 14..<16: settleStale(client)
        case 16..<18: extend(client)
        case 18: retrySettle(client)
        default:
            if let some = client.subscriptions.randomElement(using: &random), random.once(in: 3) {
                client.stop(some.number)
            }
        }
    }

    private func settle(_ client: SimulatedClient) {
        guard let queue = client.held.randomElement(using: &random)?.queue else { return }
        let count = Int.random(in: 1...3, using: &random)
        let chosen = client.held.filter { $0.queue == queue }.prefix(count)
        let asks = chosen.map { makeAsk($0) }
        client.held.removeAll { held in
            chosen.contains { $0.delivery.token == held.delivery.token }
        }
        client.send(.settle(queue: queue, asks))
        for held in chosen where !random.once(in: 5) {
            client.send(.credit(subscription: held.subscription, 1))
        }
    }

    private func makeAsk(_ held: SimulatedClient.Held) -> SettlementAsk {
        let verdicts: [Verdict] = [.ack, .ack, .ack, .ack, .retry, .retry, .release, .dead]
        let verdict = verdicts.randomElement(using: &random) ?? .ack
        var ask = SettlementAsk(
            sequence: held.delivery.sequence, token: held.delivery.token, verdict: verdict)
        if verdict == .retry, random.once(in: 2) { ask.retryAfter = .seconds(1) }
        if verdict != .release, random.once(in: 3) {
            let count = Int.random(in: 1...3, using: &random)
            ask.outputs = (0..<count).map { _ in (anyQueue, makeOutput(held.delivery)) }
        }
        return ask
    }

    /// Mostly an id that follows from the message, as the stages make them: a second try of the
    /// same work makes the same outputs.
    private func makeOutput(_ delivery: Wire.Delivery) -> Offer {
        guard !random.once(in: 3) else { return makeOffer() }
        let id = delivery.message.id
        let derived = UniqueID(
            high: id.high, low: id.low ^ 0x5DEE_CE66 &+ UInt64.random(in: 0...2, using: &random))
        // By the id, like the rest: the same output is the same twice.
        return Offer(id: derived, byteCount: 40, delay: derived.low % 4 == 0 ? .seconds(2) : .zero)
    }

    private func giveCredit(_ client: SimulatedClient) {
        guard let some = client.subscriptions.randomElement(using: &random) else { return }
        client.send(.credit(subscription: some.number, UInt32.random(in: 1...3, using: &random)))
    }

    /// Settles what was lost, with whatever token it had, or one that never was.
    private func settleStale(_ client: SimulatedClient) {
        guard let lost = client.lost.randomElement(using: &random) else { return }
        var ask = SettlementAsk(
            sequence: lost.delivery.sequence, token: lost.delivery.token, verdict: .ack)
        if random.once(in: 4) {
            ask = SettlementAsk(
                sequence: ask.sequence, token: truth.tokenMax + 1000, verdict: .ack)
        }
        client.send(.settle(queue: lost.queue, [ask]))
    }

    private func retrySettle(_ client: SimulatedClient) { publishRest(client) }

    private func extend(_ client: SimulatedClient) {
        guard let held = client.held.randomElement(using: &random) else { return }
        client.send(
            .extend(
                queue: held.queue, sequence: held.delivery.sequence, token: held.delivery.token,
                .seconds(Int64.random(in: 1...20, using: &random))))
    }

    private static let restCountMax = 30

    private func consumeRest(_ client: SimulatedClient) {
        client.retries = []
        let served = Set(client.subscriptions.map(\.queue))
        for queue in 0..<SimulationRules.queueCount where !served.contains(queue) {
            client.consume(queue, credit: 30)
        }
        // A connection takes only so many requests at a time.
        let part = client.held.prefix(Self.restCountMax)
        for held in part {
            let ask = SettlementAsk(
                sequence: held.delivery.sequence, token: held.delivery.token, verdict: .ack)
            client.send(.settle(queue: held.queue, [ask]))
            client.send(.credit(subscription: held.subscription, 1))
        }
        client.held.removeFirst(part.count)
    }

    // MARK: - Operating

    private func operate(_ client: SimulatedClient) {
        guard client.waiting.count < Self.inFlightMax else { return }
        let queue = anyQueue
        switch Int.random(in: 0..<17, using: &random) {
        case 0: client.send(.redrive(queue: queue, [], rate: anyRate))
        case 1..<4:
            let dead = truth.open[queue].filter { truth.messages[$0]?.present == .dead }
            let sequences = dead.compactMap { truth.messages[$0]?.sequence }.shuffled(
                using: &random
            ).prefix(3)
            if !sequences.isEmpty {
                client.send(.redrive(queue: queue, Array(sequences), rate: anyRate))
            }
        case 4..<7:
            let ids = truth.open[queue].suffix(10).shuffled(using: &random).prefix(4).map(\.id)
            if !ids.isEmpty { client.send(.standings(queue: queue, Array(ids))) }
        case 7..<9: client.send(.deadLetters(queue: queue, after: 0))
        case 9: client.send(.pause(queue: queue))
        case 10: client.send(.resume(queue: queue))
        case 11..<13: client.send(.audit)
        case 13: client.send(.purge(queue: queue, dead: random.once(in: 2)))
        case 14..<16:
            let weight = UInt32.random(in: 1...SimulationRules.weightMax, using: &random)
            client.send(
                .setWeights([Int.random(in: 0..<Offer.tenantCount, using: &random): weight]))
        default: client.send(.ping)
        }
    }

    private var anyRate: UInt32 { [0, 0, 1, 2].randomElement(using: &random) ?? 0 }

    /// Only where there is something to mend: a verb wakes its queue, and would hide that nobody else
    /// does.
    private func redriveRest(_ client: SimulatedClient) {
        guard client.waiting.isEmpty, let broker else { return }
        for (queue, contents) in broker.contents.enumerated() {
            if broker.isPaused[queue] { client.send(.resume(queue: queue)) }
            if contents.contains(where: { $0.phase == .dead }) {
                client.send(.redrive(queue: queue, [], rate: 0))
            }
        }
    }
}
