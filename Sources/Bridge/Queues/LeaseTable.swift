// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Synchronization

/// The leases that this bridge gave, by what a client names: queue, sequence and token.
///
/// A lease that is not here may not be settled here: it was given by another bridge, or by this one
/// before a restart. It ends by its time then, and costs an attempt.
final class LeaseTable: Sendable {
    private struct State {
        var leases: [QueueName: [UInt64: HeldLease]] = [:]
        var lastToken: UInt64 = 0
    }

    private let state = Mutex(State())

    /// A token greater than all before it: the clock's, and above the last one given here. Two
    /// bridges tell their leases of one message apart in the ledger, which refuses a lesser token.
    ///
    /// Seconds in the upper half, as in the broker's: an order may move between the two.
    func makeToken(now: MeshInstant) -> UInt64 {
        state.withLock { state in
            let (seconds, milliseconds) = now.milliseconds.quotientAndRemainder(dividingBy: 1000)
            // A millisecond has room for somewhat more than 2^22 of them.
            let noise = UInt64.random(in: 0..<(1 << 22))
            let clock = seconds << 32 | (milliseconds << 32) / 1000
            state.lastToken = max(state.lastToken + 1, clock + noise)
            return state.lastToken
        }
    }

    func insert(_ lease: HeldLease) {
        state.withLock { $0.leases[lease.key.queue, default: [:]][lease.key.sequence] = lease }
    }

    /// The lease, if it is this token's and has not ended.
    func lease(
        _ queue: QueueName, sequence: UInt64, token: UInt64, now: MeshInstant
    ) -> HeldLease? {
        state.withLock { state in
            guard let lease = state.leases[queue]?[sequence], lease.token == token else {
                return nil
            }
            if lease.end > now { return lease }
            state.leases[queue]?[sequence] = nil
            return nil
        }
    }

    func extend(_ lease: HeldLease, to end: MeshInstant) {
        update(lease) { $0?.end = end }
    }

    func remove(_ lease: HeldLease) {
        update(lease) { $0 = nil }
    }

    /// Takes out all leases of a subscription.
    func takeAll(of subscription: SubscriptionID) -> [HeldLease] {
        state.withLock { state in
            var taken: [HeldLease] = []
            for (queue, leases) in state.leases {
                let own = leases.filter { $0.value.subscription == subscription }
                taken += own.values
                for sequence in own.keys { state.leases[queue]?[sequence] = nil }
            }
            return taken
        }
    }

    /// Drops the leases that have ended by their time.
    func dropEnded(now: MeshInstant) {
        state.withLock { state in
            for (queue, leases) in state.leases {
                state.leases[queue] = leases.filter { $0.value.end > now }
            }
        }
    }

    private func update(_ lease: HeldLease, _ change: (inout HeldLease?) -> Void) {
        state.withLock { state in
            let (queue, sequence) = (lease.key.queue, lease.key.sequence)
            guard state.leases[queue]?[sequence]?.token == lease.token else { return }
            change(&state.leases[queue, default: [:]][sequence])
        }
    }
}
