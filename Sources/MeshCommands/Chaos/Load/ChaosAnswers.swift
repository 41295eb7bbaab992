// SPDX-License-Identifier: MIT
import Orders
import Synchronization

/// What the customers of a run were told. Whatever an answer promised is held against the mesh.
final class ChaosAnswers: Sendable {
    /// An order that was accepted, with the key that it was sent under.
    struct Accepted: Sendable {
        let tenant: String
        let key: String
        let order: UniqueID
        let sent: MeshInstant

        init(_ request: DemoOrder, as order: UniqueID, sent: MeshInstant) {
            tenant = request.tenant
            key = request.key
            self.order = order
            self.sent = sent
        }
    }

    /// In numbers.
    struct Counts: Sendable, Encodable {
        /// Orders that were sent, each under a key of its own.
        var sent = 0
        /// Of these: became an order.
        var accepted = 0
        /// Refused in every copy, and every refusal was typed.
        var refused = 0
        /// Never answered while their customer had patience.
        var unanswered = 0
        /// Requests answered with the first answer.
        var replayed = 0
        /// Requests with another body under the key of an order, refused.
        var conflicts = 0
        var refusals: [String: Int] = [:]
    }

    private struct State {
        var counts = Counts()
        var accepted: [Accepted] = []
        var grants: [TakeLedger.Grant] = []
        var breaches: [ChaosBreach] = []
    }

    private let state = Mutex(State())

    var counts: Counts { state.withLock(\.counts) }
    /// Answers that contradict each other.
    var breaches: [ChaosBreach] { state.withLock(\.breaches) }
    /// When orders of the tenant with a small plan were accepted, at one token each.
    var grants: [TakeLedger.Grant] { state.withLock(\.grants) }

    /// Those accepted since the first `count`, as far as they are answered by now.
    func accepted(after count: Int) -> [Accepted] {
        state.withLock { Array($0.accepted.dropFirst(count)) }
    }

    func sent() { state.withLock { $0.counts.sent += 1 } }

    /// All that was answered to the copies of one order.
    func answered(_ outcome: ChaosOutcome, to order: DemoOrder) {
        state.withLock { state in
            state.counts.replayed += outcome.replayedCount
            for refusal in outcome.refusals { state.counts.refusals[refusal, default: 0] += 1 }
            for contradiction in outcome.contradictions { state.breaches.append(contradiction) }
            guard let id = outcome.order else {
                if outcome.unansweredCount > 0 {
                    state.counts.unanswered += 1
                } else {
                    state.counts.refused += 1
                }
                return
            }
            state.counts.accepted += 1
            state.accepted.append(Accepted(order, as: id, sent: outcome.sent))
            guard order.purpose == .hasty, let (from, to) = outcome.span else { return }
            state.grants.append(.init(cost: 1, from: from, to: to))
        }
    }

    /// A repeat of an order that had its answer, later.
    func repeated(_ answer: DemoAnswer, of accepted: Accepted) {
        state.withLock { state in
            switch answer {
            case .accepted(let id, _) where id == accepted.order: state.counts.replayed += 1
            case .accepted(let id, _):
                state.breaches.append(
                    ChaosBreach("one key, two orders", accepted.order, "and \(id)"))
            // A repeat asks the limiter like any other request.
            case .refused(let code): state.counts.refusals[code, default: 0] += 1
            }
        }
    }

    /// Another order under the key of one that had its answer.
    func contradicted(_ answer: DemoAnswer, of accepted: Accepted) {
        state.withLock { state in
            switch answer {
            case .refused: state.counts.conflicts += 1
            case .accepted(let id, _):
                state.breaches.append(
                    ChaosBreach("another order under one key", accepted.order, "taken as \(id)"))
            }
        }
    }
}
