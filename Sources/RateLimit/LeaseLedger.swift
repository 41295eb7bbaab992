// SPDX-License-Identifier: MIT
package import Orders
import Synchronization
package import TokenBucket

/// Leases that are wanted, and those that are being written: whatever is wanted while one write is
/// under way goes into the next one. Knows neither database nor time.
package final class LeaseLedger: Sendable {
    /// Told, once for each write, whether it succeeded. Called on any thread.
    package typealias Waiter = @Sendable (Bool) -> Void

    /// One write: of these checkpoints all or none.
    package struct Write: Sendable {
        package let checkpoints: [CheckpointStore.Checkpoint]
        fileprivate let leases: [(bucket: Bucket, target: MeshInstant)]
        fileprivate let waiters: [Waiter]
    }

    /// What a write changed in what is to be expected of the next one.
    package enum Turn: Equatable, Sendable {
        case failsNow
        case worksAgain
    }

    private struct State {
        var wanted: [String: (bucket: Bucket, target: MeshInstant)] = [:]
        var waiters: [ObjectIdentifier: Waiter] = [:]
        var isFailing = false
    }

    private let state = Mutex(State())
    private let onWanted: @Sendable () -> Void

    /// - Parameter onWanted: called on any thread when there is something to write.
    package init(onWanted: @escaping @Sendable () -> Void = {}) {
        self.onWanted = onWanted
    }

    /// Asks for a lease that covers `target`.
    ///
    /// - Parameters:
    ///   - waiter: with whom to speak when it is written; one for each `owner` and write.
    /// - Returns: false when the last write failed. The lease is tried all the same, but nobody
    ///   should wait for it.
    package func want(
        _ name: String, _ bucket: Bucket, through target: MeshInstant,
        owner: ObjectIdentifier? = nil, waiter: Waiter? = nil
    ) -> Bool {
        let isFailing = state.withLock { state in
            // Another bucket of that name was retired: nothing of it counts any more.
            let known = state.wanted[name].flatMap { $0.bucket === bucket ? $0.target : nil }
            state.wanted[name] = (bucket, max(known ?? target, target))
            if let owner, let waiter, !state.isFailing { state.waiters[owner] = waiter }
            return state.isFailing
        }
        onWanted()
        return !isFailing
    }

    package var isFailing: Bool { state.withLock { $0.isFailing } }

    /// Takes what is wanted out; nil when nothing is. `finish` it before the next one is taken.
    package func take() -> Write? {
        state.withLock { state in
            guard !state.wanted.isEmpty else { return nil }
            defer {
                state.wanted = [:]
                state.waiters = [:]
            }
            // What is covered must stay written, and the last lease may have reached further: it was
            // for a take of more tokens, or some were given back since.
            let leases = state.wanted.mapValues { ($0.bucket, max($0.target, $0.bucket.covered)) }
            return Write(
                checkpoints: leases.map { name, lease in
                    CheckpointStore.Checkpoint(
                        bucket: name,
                        state: .init(arrival: lease.1, interval: lease.0.rate.interval))
                },
                leases: Array(leases.values), waiters: Array(state.waiters.values))
        }
    }

    /// Says what became of a write; buckets and waiters hear of it.
    ///
    /// - Parameter isWritten: whether it is durable for certain.
    package func finish(_ write: Write, isWritten: Bool) -> Turn? {
        for (bucket, target) in write.leases {
            if isWritten { bucket.cover(through: target) } else { bucket.leaseFailed() }
        }
        let wasFailing = state.withLock { state in
            defer { state.isFailing = !isWritten }
            return state.isFailing
        }
        for waiter in write.waiters { waiter(isWritten) }
        if isWritten == !wasFailing { return nil }
        return isWritten ? .worksAgain : .failsNow
    }
}
