// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SimulatedMachine
import Testing

/// A queue of few groups and tenants, driven by a seed, and what is true of its order.
struct GroupLife {
    private let broker: EngineFixture
    private var random: SplitMix64
    private(set) var publishedCount: UInt64 = 0
    private(set) var doneCount: UInt64 = 0
    private var groups: [MessageSequence: String] = [:]
    /// Not settled and not dead yet, of each group.
    private var waiting: [String: Set<MessageSequence>] = [:]
    private var held: [Delivery] = []

    init(_ broker: EngineFixture, seed: UInt64) {
        self.broker = broker
        random = SplitMix64(seed: seed)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: try publish()
        case 4..<6: try deliver()
        case 6..<9: try settle()
        default: try pass()
        }
    }

    /// Settles all that is left; a step for each is enough.
    mutating func finish() throws {
        for _ in 0...publishedCount {
            for delivery in held { try settle(delivery, .acknowledge) }
            held = []
            try broker.commit()
            broker.pass(.seconds(1))
            try deliver()
        }
    }

    private mutating func publish() throws {
        publishedCount += 1
        let tenant = "t\(Int.random(in: 0..<3, using: &random))"
        let group = UInt64.random(in: 0..<4, using: &random)
        let sequence = try broker.publish(publishedCount, tenant: tenant, group: group).sequence
        groups[sequence] = group == 0 ? "alone \(sequence)" : "\(tenant) \(group)"
        waiting[groups[sequence] ?? "", default: []].insert(sequence)
        if random.once(in: 2) { try broker.commit() }
    }

    private mutating func deliver() throws {
        for delivery in broker.deliver() {
            let group = try #require(groups[delivery.sequence])
            #expect(waiting[group]?.min() == delivery.sequence, "out of order")
            #expect(!held.contains { groups[$0.sequence] == group }, "two of a group at a time")
            held.append(delivery)
        }
        broker.engine.addCredit(50, to: ConsumerID(1), on: EngineFixture.queue)
    }

    private mutating func settle() throws {
        guard let index = held.indices.randomElement(using: &random) else { return }
        let verdicts: [SettlementRequest.Verdict] = [
            .acknowledge, .acknowledge, .release, .retry(after: .seconds(1)),
            .retry(after: .zero), .dead,
        ]
        try settle(held.remove(at: index), verdicts.randomElement(using: &random) ?? .release)
        try broker.commit()
    }

    private mutating func settle(
        _ delivery: Delivery, _ verdict: SettlementRequest.Verdict
    ) throws {
        try broker.settle(delivery, verdict)
        let isDead = verdict == .dead || isLast(delivery, verdict)
        guard verdict == .acknowledge || isDead else { return }
        doneCount += 1
        waiting[groups[delivery.sequence] ?? ""]?.remove(delivery.sequence)
    }

    private func isLast(_ delivery: Delivery, _ verdict: SettlementRequest.Verdict) -> Bool {
        if case .retry = verdict { return delivery.attempt == delivery.attemptsMax }
        return false
    }

    /// Short of the end of any lease.
    private mutating func pass() throws {
        broker.pass(.milliseconds(10))
        for delivery in held {
            _ = try broker.engine.extend(
                delivery.sequence, delivery.token, by: .seconds(10), on: EngineFixture.queue,
                now: broker.now)
        }
        try broker.commit()
    }
}
