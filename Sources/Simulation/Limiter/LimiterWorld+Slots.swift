// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import SimulatedMachine
import Wire

/// Slots: held by sessions, released by key, gone with the session.
extension LimiterWorld {
    private static let sessionCount = 4

    static func newSessions() -> [SimulatedSession] {
        (0..<sessionCount).map { SimulatedSession(desk: $0 % 2) }
    }

    /// A request is done, or its client no longer waits for the answer; now and then a key is released
    /// twice, or by a session that does not hold it.
    func release() {
        let session = sessions[Int.random(in: 0..<sessions.count, using: &random)]
        let owner = sessions[Int.random(in: 0..<sessions.count, using: &random)]
        let known = (random.once(in: 8) ? owner : session)
        let keys = (Array(known.held.keys) + Array(known.waiting.keys)).sorted { $0.low < $1.low }
        guard let key = keys.isEmpty ? nil : keys[Int.random(in: 0..<keys.count, using: &random)]
        else { return }
        if session.held[key] != nil { counts.released += 1 }
        for _ in 0..<(random.once(in: 8) ? 2 : 1) { session.release(key, at: instant) }
        trace.note(.answered, "release", key.low)
    }

    func endSession(_ index: Int) {
        counts.endedSessions += 1
        sessions[index].end(at: instant)
        sessions[index] = SimulatedSession(desk: index % 2)
        trace.note(.lost, "session", UInt64(index))
    }

    /// A decision about a take that asked for a slot.
    func noteSlot(
        _ decision: Wire.Decision, _ request: TokenRequest, _ session: SimulatedSession
    ) throws(Breach) {
        let tenant = request.tenant
        // A limit that was lowered since holds for those that come after.
        let limitThen = try session.answered(decision, request)
        let limitNow = limiter.directory.plan(of: tenant).concurrency
        let limit = max(limitNow, limitThen)
        if decision.scope == .concurrency, request.cost > 0 { counts.full += 1 }
        guard decision.held else {
            guard !decision.granted || request.cost == 0 || limitNow == 0 else {
                throw Breach("\(tenant) was granted tokens without the slot that it asked for")
            }
            return
        }
        counts.held += 1
        guard decision.granted else { throw Breach("\(tenant) holds a slot without tokens") }
        let inProgress = heldCount(of: tenant)
        guard inProgress <= Int(limit) else {
            throw Breach("\(tenant) has \(inProgress) requests in progress, more than \(limit)")
        }
    }

    /// The limiter's count is that of the clients: no slot leaks, and none is forgotten.
    func judgeSlots() throws(Breach) {
        let known = sessions.reduce(0) { $0 + $1.held.count }
        let undecided = sessions.reduce(0) { $0 + $1.waiting.count }
        let counted = limiter.directory.slotCount
        guard counted >= known, counted <= known + undecided else {
            throw Breach("\(counted) slots in use, but \(known) held and \(undecided) undecided")
        }
    }

    private func heldCount(of tenant: String) -> Int {
        sessions.reduce(0) { $0 + $1.held.values.count { $0 == tenant } }
    }
}
