// SPDX-License-Identifier: MIT
import Orders
import Synchronization
import Wire

/// What the clients were told of each message: the account that the broker's must agree with.
final class TortureLedger: Sendable {
    /// One message of the queue under load.
    struct Entry {
        var isPublished = false
        /// Acknowledgements that the broker took, and those whose answers were lost.
        var ackCount = 0
        /// Of the lease that was acknowledged.
        var ackToken = UInt64.max
        var ackMaybeCount = 0
        var deathCount = 0
        var deathMaybeCount = 0

        var isSettled: Bool { ackCount > 0 }
    }

    private struct State {
        var entries: [UniqueID: Entry] = [:]
        var breaches: [String] = []
        var deliveredCount = 0
        var staleCount = 0
    }

    private let state = Mutex(State())

    private static let breachCountMax = 1000

    // MARK: - What happens

    func published(_ ids: [UniqueID]) {
        state.withLock { state in
            for id in ids { state.entries[id, default: Entry()].isPublished = true }
        }
    }

    func delivered(_ count: Int) { state.withLock { $0.deliveredCount += count } }

    /// The broker said what it made of a settlement.
    func settled(_ delivery: Delivery, _ verdict: Verdict, _ result: SettleResult) {
        state.withLock { state in
            switch WireErrorCode(rawValue: result.code) {
            case nil where result.code == 0: Self.note(delivery, verdict, &state)
            case .staleLease: state.staleCount += 1
            default: Self.breach("a settlement is refused: \(result)", &state)
            }
        }
    }

    private static func note(
        _ delivery: Delivery, _ verdict: Verdict, _ state: inout State
    ) {
        let id = delivery.message.id
        switch TortureLoad.end(of: delivery, verdict) {
        case .settled:
            state.entries[id, default: Entry()].ackCount += 1
            state.entries[id]?.ackToken = delivery.token
            if state.entries[id]?.ackCount ?? 0 > 1 { breach("\(id) is settled twice", &state) }
            if state.entries[id]?.deathCount ?? 0 > 0 {
                breach("\(id) is dead and settled", &state)
            }
        case .dead:
            state.entries[id, default: Entry()].deathCount += 1
            if state.entries[id]?.isSettled == true { breach("\(id) is settled and dead", &state) }
            if state.entries[id]?.deathCount ?? 0 > 1 { breach("\(id) dies twice", &state) }
        case .waiting:
            // Answers to several consumers come in any order; leases do not.
            if state.entries[id]?.ackToken ?? .max < delivery.token {
                breach("\(id) comes again", &state)
            }
        }
    }

    /// The answer was lost.
    func maybeSettled(_ delivery: Delivery, _ verdict: Verdict) {
        state.withLock { state in
            switch TortureLoad.end(of: delivery, verdict) {
            case .settled: state.entries[delivery.message.id, default: Entry()].ackMaybeCount += 1
            case .dead: state.entries[delivery.message.id, default: Entry()].deathMaybeCount += 1
            case .waiting: break
            }
        }
    }

    func breach(_ description: String) { state.withLock { Self.breach(description, &$0) } }

    private static func breach(_ description: String, _ state: inout State) {
        if state.breaches.count < breachCountMax { state.breaches.append(description) }
    }

    // MARK: - What is known

    var breaches: [String] { state.withLock(\.breaches) }

    /// Of each message that was published or settled, by id.
    var entries: [(id: UniqueID, entry: Entry)] {
        state.withLock { $0.entries.map { ($0.key, $0.value) } }
    }

    var summary: String {
        state.withLock { state in
            let published = state.entries.values.count(where: \.isPublished)
            let settled = state.entries.values.count(where: \.isSettled)
            let dead = state.entries.values.count { $0.deathCount > 0 }
            return "published=\(published) delivered=\(state.deliveredCount) settled=\(settled) "
                + "dead=\(dead) stale=\(state.staleCount)"
        }
    }
}
