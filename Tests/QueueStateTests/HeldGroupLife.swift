// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SimulatedMachine
import Testing

/// A queue of few groups whose dead letters hold them, driven by a seed, restarts included.
struct HeldGroupLife {
    private var broker: EngineFixture
    private var random: SplitMix64
    private var nextID: UInt64 = 1
    /// Neither settled nor purged: the group of each.
    private var groups: [MessageSequence: UInt64] = [:]
    private var dead: Set<MessageSequence> = []
    private var held: [Delivery] = []

    init(seed: UInt64) throws {
        broker = try EngineFixture(policy: .holding())
        random = SplitMix64(seed: seed)
    }

    var leftCount: Int { groups.count }

    mutating func step() throws {
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<5: try publish()
        case 5..<8: try deliver()
        case 8..<13: try settle()
        case 13: try redrive()
        case 14: try purge()
        default: try restart()
        }
    }

    /// Redrives and settles all that is left.
    mutating func finish() throws {
        for _ in 0..<groups.count + 2 {
            _ = broker.redrive(dead.sorted())
            dead = []
            try broker.commit()
            for delivery in held { try settle(delivery, .acknowledge) }
            held = []
            try broker.commit()
            broker.pass(.seconds(2))
            try deliver()
        }
    }

    private mutating func publish() throws {
        let group = UInt64.random(in: 1..<4, using: &random)
        groups[try broker.publish(nextID, group: group).sequence] = group
        nextID += 1
        try broker.commit()
    }

    private mutating func deliver() throws {
        for delivery in broker.deliver() {
            let group = try #require(groups[delivery.sequence])
            let first = groups.filter { $0.value == group }.keys.min()
            #expect(first == delivery.sequence, "before another of its group")
            #expect(!dead.contains(delivery.sequence))
            held.append(delivery)
        }
        broker.engine.addCredit(50, to: ConsumerID(1), on: EngineFixture.queue)
    }

    private mutating func settle() throws {
        guard let index = held.indices.randomElement(using: &random) else { return }
        let verdicts: [SettlementRequest.Verdict] = [
            .acknowledge, .acknowledge, .release, .retry(after: .seconds(1)), .dead, .dead,
        ]
        try settle(held.remove(at: index), verdicts.randomElement(using: &random) ?? .release)
        try broker.commit()
    }

    private mutating func settle(
        _ delivery: Delivery, _ verdict: SettlementRequest.Verdict
    ) throws {
        try broker.settle(delivery, verdict, reason: "broken")
        switch verdict {
        case .acknowledge: groups[delivery.sequence] = nil
        case .dead: dead.insert(delivery.sequence)
        case .retry where delivery.attempt == delivery.attemptsMax: dead.insert(delivery.sequence)
        case .retry, .release: break
        }
    }

    private mutating func redrive() throws {
        guard let one = dead.sorted().randomElement(using: &random) else { return }
        #expect(broker.redrive([one]) == 1)
        dead.remove(one)
        try broker.commit()
    }

    /// Of the dead letters; all of them go.
    private mutating func purge() throws {
        guard random.once(in: 4) else { return }
        #expect(broker.purge(dead: true).count == dead.count)
        for one in dead { groups[one] = nil }
        dead = []
        try broker.commit()
    }

    /// Time passes, and the broker may start anew: what was leased is ready again.
    private mutating func restart() throws {
        guard random.once(in: 2) else { return broker.pass(.milliseconds(500)) }
        broker = try EngineFixture(broker.storage, at: broker.now, policy: .holding())
        held = []
    }
}
