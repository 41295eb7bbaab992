// SPDX-License-Identifier: MIT
import Wire

/// An operator's act, as far as it is known.
struct ActTruth {
    let verb: OperatorVerb
    /// nil when it is no queue's.
    let queue: Int?
    let request: BrokerTruth.RequestKey
    /// The broker said that it is done.
    var isCertain = false
}

extension BrokerTruth {
    struct PendingPurge {
        /// What may go by it, and what must.
        let candidates: [MessageKey]
        let certain: [MessageKey]
    }

    // MARK: - Purges

    mutating func receivedPurge(_ queue: Int, dead: Bool, _ request: RequestKey) {
        begin(dead ? .purgeDead : .purgeWaiting, queue, request)
        turns.forget(queue)
        let candidates = open[queue].filter { mayBePurged($0, dead: dead) }
        let certain = candidates.filter { key in
            guard let message = messages[key] else { return false }
            // Not while a settlement of it may be on the way.
            guard message.present == message.durable, message.present.isCertain
            else { return false }
            return dead ? message.present == .dead : message.lease == nil && isInLine(message)
        }
        pendingPurges[request] = PendingPurge(candidates: candidates, certain: certain)
        for key in candidates {
            links.removeAll { $0.key == key }
            change(key) { message in
                message.present.formUnion(.settled)
                message.durable.formUnion(.settled)
            }
        }
    }

    /// What is on lease stays.
    private func mayBePurged(_ key: MessageKey, dead: Bool) -> Bool {
        guard let message = messages[key] else { return false }
        let known = message.present.union(message.durable)
        guard !dead else { return known.allows(.dead) }
        let isHeld = message.lease.map { $0.phase != .lapsed && !$0.hasLapsed } ?? false
        return known.allows(.alive) && (!isHeld || message.lease?.phase == .settling)
    }

    mutating func answeredPurge(
        _ count: Int, hasMore: Bool, _ request: RequestKey
    ) throws(Breach) {
        guard let pending = pendingPurges.removeValue(forKey: request) else { return }
        if count > 0 { confirmAct(request) } else { withdrawAct(request) }
        guard count <= pending.candidates.count, hasMore || count >= pending.certain.count else {
            throw Breach(
                "\(count) purged, of \(pending.certain.count) to \(pending.candidates.count)")
        }
        guard !hasMore else { return }
        for key in pending.certain { change(key) { $0.isNow(.settled) } }
    }

    // MARK: - The trail

    mutating func begin(_ verb: OperatorVerb, _ queue: Int?, _ request: RequestKey) {
        acts.append(ActTruth(verb: verb, queue: queue, request: request))
    }

    mutating func confirmAct(_ request: RequestKey) {
        for index in acts.indices where acts[index].request == request {
            acts[index].isCertain = true
        }
    }

    /// It came to nothing.
    mutating func withdrawAct(_ request: RequestKey) {
        acts.removeAll { $0.request == request }
    }

    /// The trail must name every act that was confirmed before it was asked for, in order, and no
    /// other than those that were asked for.
    mutating func answeredAudit(
        _ entries: [AuditEntry], _ request: RequestKey
    ) throws(Breach) {
        guard let asked = pendingAudits.removeValue(forKey: request) else { return }
        for (newer, older) in zip(entries, entries.dropFirst())
        where newer.number != older.number + 1 {
            throw Breach("the trail goes from \(newer.number) to \(older.number)")
        }
        for entry in entries
        where !entry.who.hasSuffix(ClientRequest.who) || entry.why != ClientRequest.why {
            throw Breach("the trail names \(entry.who), because of \(entry.why)")
        }
        // What was withdrawn meanwhile is no longer expected, and what was confirmed is.
        let known = asked.filter { act in acts.contains { $0.request == act.request } }
        guard Self.explains(known, entries) else {
            throw Breach(
                "the trail is \(entries.map { "\($0.verb) \($0.queue)" }), done was "
                    + "\(known.map { "\($0.verb) \($0.name)\($0.isCertain ? "" : "?")" })")
        }
    }

    /// Whether the acts, newest last, can have left the entries, newest first.
    private static func explains(_ acts: [ActTruth], _ entries: [AuditEntry]) -> Bool {
        // Which counts of entries the acts so far may have been told by.
        var possible: Set<Int> = [0]
        for act in acts.reversed() {
            var next: Set<Int> = []
            for count in possible {
                if !act.isCertain || count == Int(ClientRequest.auditCountMax) {
                    next.insert(count)
                }
                if count < entries.count, matches(act, entries[count]) { next.insert(count + 1) }
                // One entry for purges in a row.
                if count > 0, act.isPurge, matches(act, entries[count - 1]) { next.insert(count) }
            }
            possible = next
        }
        return possible.contains(entries.count)
    }

    private static func matches(_ act: ActTruth, _ entry: AuditEntry) -> Bool {
        act.verb == entry.verb && act.name == entry.queue
    }
}

extension ActTruth {
    fileprivate var name: String { queue.map { ClientRequest.name($0) } ?? "" }

    fileprivate var isPurge: Bool { verb == .purgeDead || verb == .purgeWaiting }
}
