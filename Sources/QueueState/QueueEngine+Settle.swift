// SPDX-License-Identifier: MIT
package import Orders
import SegmentLog

extension QueueEngine {
    /// Prepares what a consumer says of a message, and its outputs with it: one record, so that
    /// either both happen or neither. A release takes effect at once.
    ///
    /// - Parameter random: spreads the retries.
    package mutating func settle(
        _ request: SettlementRequest, on queue: QueueNumber, now: MeshInstant, random: UInt64
    ) throws(QueueRefusal) {
        let index = Int(queue.rawValue)
        guard let lease = queues[index].lease(request.sequence, request.token, now: now)
        else { throw .staleLease }
        guard let outcome = outcome(of: request, lease, index, now, random) else {
            guard request.outputs.isEmpty else { throw .invalid("a release has no outputs") }
            queues[index].release(request.sequence, lease)
            news.insert(queue)
            return
        }
        let outputs =
            request.outputs.isEmpty
            ? [] : Self.fresh(request.outputs, novelties(of: request.outputs))
        try checkRoom(for: Self.settleByteCount(outcome, outputs))
        if !outputs.isEmpty { try admit(outputs, now) }
        write(outcome, outputs, queue, request.sequence, lease, now)
    }

    /// Gives a consumer more time.
    ///
    /// - Returns: when the lease ends now.
    package mutating func extend(
        _ sequence: MessageSequence, _ token: LeaseToken, by duration: Duration,
        on queue: QueueNumber, now: MeshInstant
    ) throws(QueueRefusal) -> MeshInstant {
        guard duration > .zero, duration <= QueuePolicy.leaseDurationMax else {
            throw .invalid("a lease is extended by up to \(QueuePolicy.leaseDurationMax)")
        }
        let index = Int(queue.rawValue)
        guard let lease = queues[index].lease(sequence, token, now: now)
        else { throw .staleLease }
        let deadline = now + duration
        queues[index].extend(sequence, lease, until: deadline)
        return deadline
    }

    // MARK: - Time

    /// When `advance` is to be called next, if nothing happens before.
    package var nextAlarm: MeshInstant? {
        // Without room for a record a lease cannot end.
        isReserveSpent
            ? queues.lazy.compactMap(\.nextWake).min() : queues.lazy.compactMap(\.nextAlarm).min()
    }

    /// Makes ready what was delayed until `now`; takes back leases that ended, as a failed attempt.
    package mutating func advance(
        to now: MeshInstant, using random: inout some RandomNumberGenerator
    ) {
        for index in queues.indices {
            if queues[index].wake(now: now) { news.insert(queues[index].number) }
            while !isReserveSpent, let (sequence, lease) = queues[index].popExpired(now: now) {
                let attempt = FailedAttempt(
                    at: now, worker: queues[index].consumers.worker(of: lease.consumer),
                    error: "lease expired")
                let outcome = queues[index].outcome(
                    failing: lease.slot, attempt, retryAfter: nil, random: random.next(),
                    now: now)
                write(outcome, [], queues[index].number, sequence, lease, now)
            }
        }
    }

    // MARK: - Records

    /// nil for a release.
    private func outcome(
        of request: SettlementRequest, _ lease: Lease, _ index: Int, _ now: MeshInstant,
        _ random: UInt64
    ) -> SettlementOutcome? {
        func attempt() -> FailedAttempt {
            FailedAttempt(
                at: now, worker: queues[index].consumers.worker(of: lease.consumer),
                error: request.reason)
        }
        switch request.verdict {
        case .acknowledge: return .acknowledged
        case .release: return nil
        case .dead: return .dead(attempt(), reason: request.reason)
        case .retry(let wait):
            return queues[index].outcome(
                failing: lease.slot, attempt(), retryAfter: wait, random: random, now: now)
        }
    }

    private static func settleByteCount(
        _ outcome: SettlementOutcome, _ outputs: [(queue: QueueNumber, message: OfferedMessage)]
    ) -> Int {
        8 + 2 + 8 + outcome.journalByteCount + 2 + journalByteCount(outputs)
    }

    private mutating func write(
        _ outcome: SettlementOutcome, _ outputs: [(queue: QueueNumber, message: OfferedMessage)],
        _ queue: QueueNumber, _ sequence: MessageSequence, _ lease: Lease, _ now: MeshInstant
    ) {
        var record = append(
            Journal.settle, payloadByteCount: Self.settleByteCount(outcome, outputs))
        // After the append: rolling into a new segment writes the counters as they stand before.
        queues[Int(queue.rawValue)].beginSettling(sequence, lease, outcome)
        record.payload.write(now.nanoseconds)
        record.payload.write(queue.rawValue)
        record.payload.write(sequence.rawValue)
        outcome.write(to: &record.payload)
        record.payload.write(UInt16(outputs.count))
        if outcome == .acknowledged {
            prepare(.acknowledge(queue, sequence, lease.slot), in: record.batch)
        } else {
            prepare(.fail(queue, sequence, lease.slot, outcome), in: record.batch)
        }
        for (target, message) in outputs {
            _ = store(message, target, at: record.position, &record.payload, record.batch, now)
        }
    }
}
