// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SecureTransport
import Sessions
import Wire

// What operators do to queues; each act is on disk, with who and why, before it is answered.
extension BrokerService {
    func declare(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let declare = try decode(frame, Declare.self)
        guard policy.verbs(of: peer.session.peer, on: declare.queue).contains(.operate) else {
            throw .notPermitted
        }
        guard let name = QueueName(declare.queue),
            let attemptsMax = UInt8(exactly: declare.attemptsMax)
        else { throw BrokerError(.badQueue, "the name or the attempts are out of range") }
        try checkReserve()
        let policy = QueuePolicy(
            leaseDuration: .milliseconds(declare.leaseMilliseconds), attemptsMax: attemptsMax,
            backoffBase: .milliseconds(declare.backoffBaseMilliseconds),
            backoffMax: .milliseconds(declare.backoffMaxMilliseconds),
            depthMax: declare.depthMax, byteDepthMax: declare.byteDepthMax,
            holdsBehindDead: declare.holdBehindDead)
        do {
            _ = try engine.declare(
                name, policy, by: requester(declare.who, declare.why, peer), now: clock.now())
        } catch {
            throw BrokerError(.badQueue, BrokerError(error).reply.message)
        }
        answer(Declared(), to: frame, peer)
    }

    func pause(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Pause.self)
        let queue = try queue(request.queue, for: .operate, peer)
        try checkReserve()
        engine.pause(
            queue, true, by: requester(request.who, request.why, peer), now: clock.now())
        answer(Paused(), to: frame, peer)
    }

    func resume(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Resume.self)
        let queue = try queue(request.queue, for: .operate, peer)
        try checkReserve()
        engine.pause(
            queue, false, by: requester(request.who, request.why, peer), now: clock.now())
        answer(Resumed(), to: frame, peer)
    }

    func purge(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Purge.self)
        let queue = try queue(request.queue, for: .operate, peer)
        let (count, hasMore) = engine.purge(
            queue, dead: request.dead, by: requester(request.who, request.why, peer),
            now: clock.now())
        guard count > 0 || !hasMore else { throw BrokerError(QueueRefusal.diskFull) }
        answer(Purged(count: UInt32(count), more: hasMore), to: frame, peer)
    }

    /// Of all acts only a purge is taken from the last of a full disk: it makes room.
    func checkReserve() throws(BrokerError) {
        if engine.isReserveSpent { throw BrokerError(QueueRefusal.diskFull) }
    }

    // MARK: - Weights

    func setWeights(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, SetWeights.self)
        guard policy.maySetWeights(peer.session.peer) else { throw .notPermitted }
        try checkReserve()
        do {
            try engine.setWeights(
                request.weights.map { ($0.tenant, $0.weight) },
                by: requester(request.who, request.why, peer), now: clock.now())
        } catch {
            throw BrokerError(error)
        }
        answer(Weights(weights: weights), to: frame, peer)
    }

    func getWeights(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        _ = try decode(frame, GetWeights.self)
        guard policy.maySetWeights(peer.session.peer) else { throw .notPermitted }
        answer(Weights(weights: weights), to: frame, peer)
    }

    private var weights: [TenantWeight] {
        engine.tenantWeights.map { TenantWeight(tenant: $0.tenant, weight: $0.weight) }
    }

    // MARK: - Audit

    func audit(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Audit.self)
        guard policy.isOperator(peer.session.peer) else { throw .notPermitted }
        guard (1...UInt32(WireLimits.auditCountMax)).contains(request.limit) else {
            throw BrokerError(.badMessage, "limit is 1...\(WireLimits.auditCountMax)")
        }
        let acts = engine.acts(
            before: request.before == 0 ? .max : request.before, limit: Int(request.limit))
        answer(AuditOK(entries: acts.map { entry($0.number, $0.act) }), to: frame, peer)
    }

    private func entry(_ number: UInt64, _ act: OperatorAct) -> AuditEntry {
        let verb: OperatorVerb =
            switch act.verb {
            case .declare: .declare
            case .pause: .pause
            case .resume: .resume
            case .purgeWaiting: .purgeWaiting
            case .purgeDead: .purgeDead
            case .redrive: .redrive
            case .setWeights: .setWeights
            }
        return AuditEntry(
            number: number, atMilliseconds: act.at.milliseconds, verb: verb,
            queue: act.queue.map { engine.name(of: $0).text } ?? "", count: act.count,
            who: act.requester.who, why: act.requester.why)
    }

    /// Whom the certificate names comes first: the rest is only what he says.
    func requester(_ who: String, _ why: String, _ peer: BrokerSession) -> Requester {
        let name = peer.session.peer.name
        return Requester(who: who.isEmpty ? name : "\(name): \(who)", why: why)
    }
}
