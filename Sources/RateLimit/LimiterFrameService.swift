// SPDX-License-Identifier: MIT
package import NIOCore
import Orders
package import Sessions
import Wire

/// The limiter on one event loop: decode, decide, answer, one flush for each burst of frames.
package final class LimiterFrameService: FrameService {
    private let eventLoop: any EventLoop
    private let clock: any MeshClock
    let directory: BucketDirectory
    let plans: PlanDesk
    private var desk: TakeDesk
    private var pending = PendingTakes()
    /// What each open session holds.
    private var holders: [UInt64: SlotHolder] = [:]
    private var isExpiryScheduled = false
    /// Read once for each burst of frames: an instant that is a little old grants less, never more.
    private var burstInstant: MeshInstant?
    /// Whether the peer that asked last may take: many frames of one session come behind each other.
    private var lastAsker: (session: UInt64, mayTake: Bool)?

    package init(on eventLoop: any EventLoop, parts: LimiterParts) {
        self.eventLoop = eventLoop
        clock = parts.clock
        directory = parts.directory
        plans = parts.planDesk
        let wake = Wake(eventLoop: eventLoop)
        desk = TakeDesk(
            directory: parts.directory, refunds: parts.refunds, leases: parts.writer.leases,
            counters: parts.counters, waiter: wake.fire)
        wake.target.value.service = self
    }

    package func opened(_ session: ServerSession) { holders[session.id] = SlotHolder() }

    package func closed(_ session: ServerSession) {
        holders.removeValue(forKey: session.id)?.close(at: clock.now())
    }

    package func received(_ frame: InboundFrame, on session: ServerSession) {
        do throws(WireError) {
            switch frame.kind {
            case .take:
                if let single = SingleTake(frame.body) {
                    take(single.request, frame, session)
                } else {
                    take(try frame.decode(), frame, session)
                }
            case .refund: refund(try frame.decode(), frame, session)
            case .getPlan: getPlan(try frame.decode(), frame, session)
            case .setPlan: setPlan(try frame.decode(), frame, session)
            case .listPlans: listPlans(try frame.decode(), frame, session)
            case .release: release(try frame.decode(), session)
            default: session.refuse(frame, .unsupported, "the limiter does not serve this")
            }
        } catch {
            session.refuse(frame, .badMessage, "\(error)")
        }
    }

    package func burstEnded(on session: ServerSession) {
        burstInstant = nil
        desk.publishCounts()
    }

    private func instantOfBurst() -> MeshInstant {
        if let burstInstant { return burstInstant }
        let now = clock.now()
        burstInstant = now
        return now
    }

    // MARK: - Takes

    private func take(_ request: TokenRequest, _ frame: InboundFrame, _ session: ServerSession) {
        guard isAllowed(request, session) else { return refuse(frame, session) }
        guard isNamed(request) else { return refuseNameless(frame, session) }
        let now = instantOfBurst()
        switch decide(request, session, at: now) {
        case .decided(let decision):
            session.reply(
                SingleTake.Answer(decision), to: frame.correlation, trace: frame.trace)
        case .waits: wait(for: [request], [], from: 0, now, frame, session)
        }
    }

    private func take(_ message: Take, _ frame: InboundFrame, _ session: ServerSession) {
        guard message.takes.allSatisfy({ isAllowed($0, session) }) else {
            return refuse(frame, session)
        }
        guard message.takes.allSatisfy(isNamed) else { return refuseNameless(frame, session) }
        let now = instantOfBurst()
        var decisions: [Wire.Decision] = []
        decisions.reserveCapacity(message.takes.count)
        for index in message.takes.indices {
            switch decide(message.takes[index], session, at: now) {
            case .decided(let decision): decisions.append(decision)
            case .waits:
                return wait(for: message.takes, decisions, from: index, now, frame, session)
            }
        }
        session.reply(Taken(decisions: decisions), to: frame.correlation, trace: frame.trace)
    }

    private func decide(
        _ request: TokenRequest, _ session: ServerSession, at now: MeshInstant
    ) -> TakeDesk.Answer {
        desk.decide(request, for: request.hold ? holders[session.id] : nil, at: now)
    }

    private func decideAway(
        _ request: TokenRequest, _ session: ServerSession, at now: MeshInstant
    ) -> Wire.Decision {
        desk.decideAway(request, for: request.hold ? holders[session.id] : nil, at: now)
    }

    /// A slot is released by its key.
    private func isNamed(_ request: TokenRequest) -> Bool {
        !request.hold || request.key != .zero || request.cost == 0
    }

    private func refuseNameless(_ frame: InboundFrame, _ session: ServerSession) {
        session.refuse(frame, .badMessage, "a take that holds a slot needs a key")
    }

    private func isAllowed(_ request: TokenRequest, _ session: ServerSession) -> Bool {
        mayTake(session)
            || request.cost == 0 && AccessPolicy.stages.mayPeek(session.peer, at: request.tenant)
    }

    private func mayTake(_ session: ServerSession) -> Bool {
        if let lastAsker, lastAsker.session == session.id { return lastAsker.mayTake }
        let answer = AccessPolicy.stages.mayTake(session.peer)
        lastAsker = (session.id, answer)
        return answer
    }

    private func refuse(_ frame: InboundFrame, _ session: ServerSession) {
        session.refuse(frame, .notPermitted, "these buckets are not yours to take from")
    }

    /// The rest of a frame in which a take waits for its lease.
    private func wait(
        for takes: [TokenRequest], _ decided: [Wire.Decision], from first: Int, _ now: MeshInstant,
        _ frame: InboundFrame, _ session: ServerSession
    ) {
        var waiting = PendingTakes.Frame(
            session: session, correlation: frame.correlation, trace: frame.trace, takes: takes,
            decisions: decided + Array(repeating: nil, count: takes.count - first),
            deadline: .now() + PendingTakes.patience,
            wantedUntil: frame.deadline(receivedAt: .now()))
        if pending.isFull {
            waiting.decisions[first] = decideAway(takes[first], session, at: now)
            waiting.decide { take in
                let answer = decide(take, session, at: now)
                if case .waits = answer { return .decided(decideAway(take, session, at: now)) }
                return answer
            }
        } else {
            waiting.decide(behind: first) { decide($0, session, at: now) }
        }
        if let answer = waiting.answer {
            return session.reply(answer, to: frame.correlation, trace: frame.trace)
        }
        pending.add(waiting)
        scheduleExpiry()
    }

    /// A lease was written, or could not be.
    fileprivate func leaseWritten(_ isWritten: Bool) {
        if isWritten {
            let now = clock.now()
            pending.retry(at: .now()) { decide($0, $1, at: now) }
        } else {
            let now = clock.now()
            pending.expire(at: .now(), all: true) { decideAway($0, $1, at: now) }
        }
        desk.publishCounts()
    }

    private func scheduleExpiry() {
        guard !isExpiryScheduled, let deadline = pending.frames.first?.deadline else { return }
        isExpiryScheduled = true
        eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.isExpiryScheduled = false
            let now = self.clock.now()
            self.pending.expire(at: .now()) { self.decideAway($0, $1, at: now) }
            self.scheduleExpiry()
        }
    }

    // MARK: - Releases and refunds

    /// One-way: who may not take holds nothing that could be released.
    private func release(_ message: Release, _ session: ServerSession) {
        guard let holder = holders[session.id], holder.count > 0 else { return }
        let now = instantOfBurst()
        for key in message.keys { holder.release(key, at: now) }
    }

    private func refund(_ message: Refund, _ frame: InboundFrame, _ session: ServerSession) {
        guard AccessPolicy.stages.mayTake(session.peer) else {
            return session.refuse(frame, .notPermitted, "you took nothing")
        }
        let now = clock.now()
        let results = message.refunds.map { desk.refund($0, at: now) }
        session.reply(Refunded(refunded: results), to: frame.correlation, trace: frame.trace)
    }
}

/// Brings the news of a written lease to the service's loop.
private struct Wake: Sendable {
    final class Target {
        weak var service: LimiterFrameService?
    }

    let eventLoop: any EventLoop
    let target: NIOLoopBound<Target>

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        target = NIOLoopBound(Target(), eventLoop: eventLoop)
    }

    func fire(_ isWritten: Bool) {
        eventLoop.execute { target.value.service?.leaseWritten(isWritten) }
    }
}
