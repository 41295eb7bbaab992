// SPDX-License-Identifier: MIT
import HeapModule
import Orders

/// One queue: where each of its messages stands. No log, no clock, no consumer's connection.
///
/// What a record in the log announces is carried out in two steps: prepared when the record is
/// written, and here, by the methods below, once it is durable.
struct MessageQueue {
    let number: QueueNumber
    let name: QueueName
    var policy: QueuePolicy
    var nextSequence = MessageSequence(1)
    var publishedTotal: UInt64 = 0
    var settledTotal: UInt64 = 0
    var table = MessageTable()
    var leases = SequenceTable<Lease>()
    var consumers = ConsumerRing()
    var drain = DrainMeter()
    /// Messages that are not dead, pending ones included: what the policy's limit is about.
    private(set) var depth: UInt64 = 0
    private(set) var byteDepth: UInt64 = 0
    /// Nothing is delivered.
    var isPaused = false
    var dead = DeadMessages()
    private(set) var failures: [MessageSequence: [FailedAttempt]] = [:]
    var lines = WaitingLines()
    var delayed: Heap<Alarm> = []
    private var expiries: Heap<Alarm> = []

    init(number: QueueNumber, name: QueueName, policy: QueuePolicy) {
        self.number = number
        self.name = name
        self.policy = policy
    }

    var readyCount: Int { lines.count }
    var delayedCount: Int { delayed.count }

    /// Its messages and what is known of them: all that outlives a restart.
    func withoutLines() -> MessageQueue {
        var copy = self
        copy.leases = SequenceTable()
        copy.consumers = ConsumerRing()
        copy.lines = WaitingLines()
        copy.expiries = []
        return copy
    }

    /// When those messages are due that are not to be delivered at once.
    var dues: SequenceTable<MeshInstant> {
        var dues = SequenceTable<MeshInstant>()
        for alarm in delayed.unordered where table.holds(alarm.sequence, in: alarm.slot) {
            if table[alarm.slot].phase == .delayed { dues[alarm.sequence] = alarm.time }
        }
        return dues
    }

    func history(of sequence: MessageSequence) -> MessageHistory {
        MessageHistory(death: dead[sequence]?.death, failures: failures[sequence] ?? [])
    }

    // MARK: - Restoring

    /// Puts a message back that a snapshot or a move had; in no line yet.
    mutating func restore(_ message: StoredMessage) -> SlotIndex {
        if message.phase != .dead {
            depth += 1
            byteDepth += UInt64(message.envelopeByteCount)
        }
        return table.insert(message)
    }

    mutating func restore(
        _ history: MessageHistory, of sequence: MessageSequence, in slot: SlotIndex
    ) {
        if !history.failures.isEmpty { failures[sequence] = history.failures }
        if let death = history.death {
            dead.insert(sequence, slot, death)
            if policy.holdsBehindDead { lines.hold(behind: slot, in: &table) }
        }
    }

    // MARK: - Arrival

    /// Stores a message that is not durable yet: it counts, and nobody gets it.
    mutating func insert(_ message: StoredMessage) -> SlotIndex {
        depth += 1
        byteDepth += UInt64(message.envelopeByteCount)
        publishedTotal += 1
        return table.insert(message)
    }

    /// The message became durable; to be delivered when its time has come.
    mutating func arrive(_ slot: SlotIndex, notBefore: MeshInstant, now: MeshInstant) {
        guard notBefore > now else {
            table[slot].phase = .ready
            return lines.append(slot, in: &table)
        }
        delay(slot, until: notBefore)
    }

    private mutating func delay(_ slot: SlotIndex, until time: MeshInstant) {
        table[slot].phase = .delayed
        // One that failed keeps its group's turn; one that has not come yet takes no turn.
        if table[slot].attempts > 0 {
            lines.hold(slot, in: table)
        } else if policy.holdsBehindDead, isRedriven(slot) {
            lines.hold(behind: slot, in: &table)
        }
        let sequence = MessageSequence(table[slot].sequence)
        delayed.insert(Alarm(time: time, sequence: sequence, slot: slot))
    }

    /// In front of all that came later.
    private mutating func comeBack(_ slot: SlotIndex) {
        table[slot].phase = .ready
        lines.prepend(slot, in: &table)
    }

    // MARK: - Leases

    /// The message that goes next.
    mutating func firstReady() -> SlotIndex? { lines.first(in: &table) }

    /// Hands the next message to `consumer`.
    ///
    /// - Precondition: `firstReady` gave one.
    mutating func leaseFirst(
        to consumer: ConsumerID, token: LeaseToken, weights: TenantWeights, now: MeshInstant
    ) -> SlotIndex {
        let slot = lines.takeFirst(in: &table, weights: weights)
        let deadline = now + policy.leaseDuration
        let sequence = MessageSequence(table[slot].sequence)
        table[slot].phase = .leased
        if table[slot].acquired < .max { table[slot].acquired += 1 }
        leases[sequence] = Lease(slot: slot, consumer: consumer, token: token, deadline: deadline)
        expiries.insert(Alarm(time: deadline, sequence: sequence, slot: slot))
        trimExpiries()
        return slot
    }

    /// The lease that `token` proves; nil when it is over or its settlement is on the way.
    ///
    /// Inlined, so that the caller looks at one table and does not copy the queue for it (profiled).
    @inline(__always)
    func lease(_ sequence: MessageSequence, _ token: LeaseToken, now: MeshInstant) -> Lease? {
        guard let lease = leases[sequence], lease.token == token, !lease.isSettling,
            lease.deadline > now
        else { return nil }
        return lease
    }

    mutating func extend(_ sequence: MessageSequence, _ lease: Lease, until deadline: MeshInstant) {
        var lease = lease
        lease.deadline = deadline
        leases[sequence] = lease
        expiries.insert(Alarm(time: deadline, sequence: sequence, slot: lease.slot))
    }

    /// The settlement is in the log, not yet durable.
    mutating func beginSettling(
        _ sequence: MessageSequence, _ lease: Lease, _ outcome: SettlementOutcome
    ) {
        var lease = lease
        lease.isSettling = true
        leases[sequence] = lease
        if outcome == .acknowledged { settledTotal += 1 }
    }

    /// Back to the front of the line, as if it had not been leased.
    mutating func release(_ sequence: MessageSequence, _ lease: Lease) {
        leases[sequence] = nil
        comeBack(lease.slot)
    }

    /// Alarms of leases that ended early stay behind; they may not outnumber the living.
    private mutating func trimExpiries() {
        guard expiries.count > 2 * leases.count + 1024 else { return }
        var living: [Alarm] = []
        living.reserveCapacity(leases.count)
        leases.forEach { sequence, lease in
            living.append(Alarm(time: lease.deadline, sequence: sequence, slot: lease.slot))
        }
        expiries = Heap(living)
    }

    // MARK: - Ends

    /// The settlement became durable.
    ///
    /// - Returns: what was known of the message, if it is gone now.
    mutating func settle(
        _ sequence: MessageSequence, in slot: SlotIndex, _ outcome: SettlementOutcome,
        now: MeshInstant
    ) -> StoredMessage? {
        leases[sequence] = nil
        let gone = apply(outcome, sequence, slot, now: now)
        if case .retried(let due, _) = outcome {
            if due > now { delay(slot, until: due) } else { comeBack(slot) }
        }
        return gone
    }

    /// The same while the log is read again, when messages are in no line yet.
    mutating func replay(
        _ sequence: MessageSequence, in slot: SlotIndex, _ outcome: SettlementOutcome,
        at time: MeshInstant
    ) -> StoredMessage? {
        if outcome == .acknowledged { settledTotal += 1 }
        return apply(outcome, sequence, slot, now: time)
    }

    private mutating func apply(
        _ outcome: SettlementOutcome, _ sequence: MessageSequence, _ slot: SlotIndex,
        now: MeshInstant
    ) -> StoredMessage? {
        switch outcome {
        case .acknowledged:
            let message = table[slot]
            lines.finish(slot, in: &table)
            lines.unhold(slot, in: &table)
            leaveDepth(slot)
            drain.record(1, at: now)
            forgetFailures(of: sequence)
            table.remove(slot)
            return message
        case .retried(_, let attempt):
            note(attempt, sequence, slot)
        case .dead(let attempt, let reason):
            note(attempt, sequence, slot)
            if policy.holdsBehindDead { lines.hold(behind: slot, in: &table) }
            lines.finish(slot, in: &table)
            leaveDepth(slot)
            drain.record(1, at: now)
            table[slot].phase = .dead
            dead.insert(sequence, slot, Death(at: attempt.at, reason: reason))
        }
        return nil
    }

    /// A dead message counts again, its attempts from the first, those before still in its
    /// history; to be put in line by `arrive` when that is durable.
    ///
    /// - Returns: nil when it is not dead.
    mutating func revive(_ sequence: MessageSequence) -> SlotIndex? {
        guard let slot = dead.remove(sequence) else { return nil }
        depth += 1
        byteDepth += UInt64(table[slot].envelopeByteCount)
        table[slot].attempts = 0
        table[slot].phase = .pending
        return slot
    }

    private mutating func note(
        _ attempt: FailedAttempt, _ sequence: MessageSequence, _ slot: SlotIndex
    ) {
        if table[slot].attempts < .max { table[slot].attempts += 1 }
        var history = failures[sequence] ?? []
        if history.count == FailedAttempt.countMax { history.removeFirst() }
        history.append(attempt)
        failures[sequence] = history
    }

    mutating func forgetFailures(of sequence: MessageSequence) {
        // Most queues have none, and a look into an empty dictionary still computes a hash.
        if !failures.isEmpty { failures[sequence] = nil }
    }

    mutating func leaveDepth(_ slot: SlotIndex) {
        depth -= 1
        byteDepth -= UInt64(table[slot].envelopeByteCount)
    }

    // MARK: - Time

    /// When something is to be done without anybody asking.
    var nextAlarm: MeshInstant? {
        guard let due = nextWake else { return expiries.min?.time }
        guard let expiry = expiries.min?.time else { return due }
        return min(due, expiry)
    }

    /// When the next delayed message is due.
    var nextWake: MeshInstant? { delayed.min?.time }

    /// Makes ready what was delayed until `now`.
    ///
    /// - Returns: whether there was anything.
    mutating func wake(now: MeshInstant) -> Bool {
        var hasWoken = false
        while let alarm = delayed.min, alarm.time <= now {
            delayed.removeMin()
            if table[alarm.slot].attempts > 0 {
                comeBack(alarm.slot)
            } else {
                arrive(alarm.slot, notBefore: .epoch, now: now)
            }
            hasWoken = true
        }
        return hasWoken
    }

    /// Takes the next lease that ended before `now` unsettled.
    mutating func popExpired(now: MeshInstant) -> (sequence: MessageSequence, lease: Lease)? {
        while let alarm = expiries.min, alarm.time <= now {
            expiries.removeMin()
            // An alarm of an earlier lease, or from before an extension, is nobody's.
            guard let lease = leases[alarm.sequence], !lease.isSettling,
                lease.deadline == alarm.time
            else { continue }
            return (alarm.sequence, lease)
        }
        return nil
    }
}
