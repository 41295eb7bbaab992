// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Wire

extension BrokerTruth {
    struct PendingRedrive {
        let keys: [MessageKey]
        /// All of them are dead letters for certain, and there is room for them.
        let isCertain: Bool
        /// What there is room for, at most.
        let countMax: Int
        let byteCountMax: Int
        /// Then the first goes, however long it is.
        let mayBeEmpty: Bool
        /// Then the first goes too: all others may wait for dead letters.
        let mayBeHeldUp: Bool
    }

    // MARK: - What operators ask

    /// - Parameter sequences: none for all dead letters of the queue.
    mutating func receivedRedrive(
        _ queue: Int, _ sequences: [UInt64], _ rate: UInt32, _ request: RequestKey
    ) {
        begin(.redrive, queue, request)
        let targets =
            sequences.isEmpty ? open[queue] : sequences.compactMap { keys[queue][$0] }
        let dead = targets.filter { messages[$0]?.present.allows(.dead) ?? false }
        let isCertain =
            !mayBeSpent && !sequences.isEmpty && dead.count == sequences.count
            && dead.allSatisfy { messages[$0]?.durable == .dead }
            && countMax[queue] + dead.count <= rules.depthMax
            && byteMax[queue] + byteCounts(of: dead).reduce(0, +) <= rules.byteDepthMax
        pendingRedrives[request] = PendingRedrive(
            keys: dead, isCertain: isCertain, countMax: rules.depthMax - countMin[queue],
            byteCountMax: rules.byteDepthMax - byteMin[queue],
            mayBeEmpty: countMin[queue] == 0, mayBeHeldUp: mayBeHeldUp(queue))
        for key in dead {
            change(key) { message in
                message.present.formUnion(.alive(after: 0))
                message.durable.formUnion(.alive(after: 0))
                message.notBefore = .epoch
                message.isRedriven = true
            }
        }
        guard isCertain, rate > 0 else { return }
        // One after the other, the oldest at once.
        let inOrder = dead.sorted { messages[$0]?.sequence ?? 0 < messages[$1]?.sequence ?? 0 }
        for (place, key) in inOrder.enumerated() {
            let due = now + .nanoseconds(1_000_000_000 / Int64(rate) * Int64(place))
            change(key) { $0.notBefore = due }
        }
    }

    /// Whether all that counts may wait for dead letters.
    private func mayBeHeldUp(_ queue: Int) -> Bool {
        rules.holdsBehindDead
            && open[queue].allSatisfy { key in
                guard let message = messages[key], message.isCounted else { return true }
                return !message.offer.isUrgent && message.offer.group != .zero
            }
    }

    mutating func answeredRedrive(_ count: Int, _ request: RequestKey) throws(Breach) {
        guard let pending = pendingRedrives.removeValue(forKey: request) else { return }
        if count > 0 { confirmAct(request) } else { withdrawAct(request) }
        guard count <= pending.keys.count, !pending.isCertain || count == pending.keys.count else {
            throw Breach("\(count) redriven of \(pending.keys.count) dead letters")
        }
        let least = byteCounts(of: pending.keys).sorted().prefix(count).reduce(0, +)
        let isAlone = count == 1 && (pending.mayBeEmpty || pending.mayBeHeldUp)
        guard
            count == 0 || count == 1 && pending.mayBeHeldUp
                || count <= pending.countMax && (least <= pending.byteCountMax || isAlone)
        else {
            throw Breach("\(count) redriven, of \(least) bytes or more: above the queue's limit")
        }
        guard pending.isCertain else { return }
        for key in pending.keys { change(key) { $0.isNow(.alive(after: 0)) } }
    }

    private func byteCounts(of keys: [MessageKey]) -> [Int] {
        keys.compactMap { messages[$0]?.offer.envelopeByteCount }
    }

    /// An answer tells how things stood when the question came.
    mutating func receivedStandings(_ queue: Int, _ ids: [UniqueID], _ request: RequestKey) {
        pendingStandings[request] = ids.map { id in
            let key = MessageKey(queue: queue, id: id)
            guard let message = messages[key] else { return .absent }
            let known = message.present.union(message.durable)
            return isRemembered(key) ? known : known.union(.absent)
        }
    }

    mutating func answered(_ standings: [Standing], _ request: RequestKey) throws(Breach) {
        guard let known = pendingStandings.removeValue(forKey: request) else { return }
        for (standing, possible) in zip(standings, known) {
            let claim: Possibilities =
                switch standing {
                case .neverSeen: .absent
                case .held: [.alive, .dead]
                case .settled: .settled
                }
            guard possible.allows(claim) else {
                throw Breach("said to be \(standing), though it is \(possible)")
            }
        }
    }

    mutating func receivedDeadLetters(_ queue: Int, _ request: RequestKey) {
        pendingDeadLetters[request] = Set(
            open[queue].filter { key in
                guard let message = messages[key] else { return false }
                return message.present.union(message.durable).contains(.dead)
            })
    }

    mutating func answered(
        _ letters: [DeadLetter], in queue: Int, after: UInt64, _ request: RequestKey
    ) throws(Breach) {
        guard let dead = pendingDeadLetters.removeValue(forKey: request) else { return }
        var last = after
        for letter in letters {
            let key = MessageKey(queue: queue, id: letter.message.id)
            guard let message = messages[key], dead.contains(key), letter.sequence > last,
                letter.sequence == message.sequence, !letter.attempts.isEmpty,
                letter.message.body == Offer.body(key.id, byteCount: message.offer.byteCount)
            else { throw Breach("\(letter.sequence) is no dead letter of queue \(queue)") }
            last = letter.sequence
        }
    }

    // MARK: - What the broker holds

    /// Holds all that is known against all that the broker holds, at a moment when everything that
    /// it holds is durable.
    mutating func compare(
        _ contents: [[MessageView]], depths: [UInt64]
    ) throws(Breach) {
        for queue in contents.indices {
            try compare(contents[queue], queue)
            let counted = contents[queue].count { $0.phase != .dead }
            guard depths[queue] == UInt64(counted) else {
                throw Breach("queue \(queue) counts \(depths[queue]) messages, holds \(counted)")
            }
        }
        for link in links { try resolve(link) }
        links = []
        for queue in open.indices { forgetSettled(in: queue) }
    }

    private mutating func compare(_ contents: [MessageView], _ queue: Int) throws(Breach) {
        var held: Set<UniqueID> = []
        var countedCount = 0
        var countedByteCount = 0
        for view in contents {
            let key = MessageKey(queue: queue, id: view.id.value)
            guard let message = messages[key] else {
                throw Breach("queue \(queue) holds what nobody published: \(view.sequence)")
            }
            guard held.insert(key.id).inserted else {
                throw Breach("queue \(queue) holds a message twice: \(view.sequence)")
            }
            if view.phase != .dead, !message.offer.isUrgent {
                countedCount += 1
                countedByteCount += message.offer.envelopeByteCount
            }
            try number(key, view.sequence.rawValue)
            try narrow(key, to: view)
        }
        guard countedCount <= rules.depthMax, countedByteCount <= rules.byteDepthMax else {
            throw Breach(
                "queue \(queue) holds \(countedCount) messages, \(countedByteCount) bytes; its "
                    + "limits are \(rules.depthMax) and \(rules.byteDepthMax)")
        }
        for key in open[queue] where !held.contains(key.id) { try narrowToGone(key) }
    }

    private mutating func narrow(_ key: MessageKey, to view: MessageView) throws(Breach) {
        guard let message = messages[key] else { return }
        let state: Possibilities =
            view.phase == .dead ? .dead : .alive(after: Int(view.attempts))
        let possible = message.present.union(message.durable)
        guard possible.contains(state) else {
            throw Breach(
                "\(view.sequence.rawValue) of queue \(key.queue) is \(state), must be \(possible)")
        }
        // The end of a lease that lapsed is yet to be noticed.
        if message.lease?.phase == .lapsed { return }
        change(key) { $0.isNow(state) }
    }

    private mutating func narrowToGone(_ key: MessageKey) throws(Breach) {
        guard let message = messages[key] else { return }
        let possible = message.present.union(message.durable)
        let gone = possible.intersection([.absent, .settled])
        guard !gone.isEmpty else {
            throw Breach(
                "\(message.sequence ?? 0) of queue \(key.queue) is gone, must be \(possible)")
        }
        change(key) { $0.isNow(gone) }
    }

    // MARK: - A settlement and its outputs

    /// The message was delivered again, in this state: what became of its settlements shows.
    mutating func resolveLinks(of key: MessageKey, _ state: Possibilities) {
        links.removeAll { $0.key == key }
    }

    /// The outputs are there if the verdict took effect, and not if it did not.
    private func resolve(_ link: Link) throws(Breach) {
        guard let message = messages[link.key], message.present.isCertain else { return }
        let outputs = link.outputs.compactMap { messages[$0]?.present }
        let areThere = outputs.allSatisfy { !$0.contains(.absent) }
        let areAbsent = outputs.allSatisfy { $0 == .absent }
        // In doubt: nothing can be said of an output that came, and was settled, unseen.
        guard outputs.allSatisfy({ $0 == .absent || !$0.contains(.absent) }) else { return }
        let name = "\(message.sequence ?? 0) of queue \(link.key.queue)"
        if message.present == .settled, !areThere { throw Breach("\(name): lost its outputs") }
        if message.present == link.before, !areAbsent {
            throw Breach("\(name): its outputs came without its settlement")
        }
        guard areThere || areAbsent else { throw Breach("\(name): some of its outputs came") }
    }

    // MARK: - The end

    /// After the faults have stopped and everybody has done his work, all is settled.
    func checkDrained() throws(Breach) {
        for queue in open.indices {
            for key in open[queue] {
                guard let message = messages[key] else { continue }
                guard message.present.isSubset(of: [.absent, .settled]) else {
                    throw Breach(
                        "\(message.sequence ?? 0) of queue \(queue) is never settled: "
                            + "\(message.present)")
                }
            }
        }
    }
}
