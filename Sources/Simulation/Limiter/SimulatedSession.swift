// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import Wire

/// A client's session with one life of a limiter, and what the client knows to be in progress in it.
final class SimulatedSession {
    /// The limiter's own account of the session.
    private let holder = SlotHolder()
    /// Which event loop serves it.
    let desk: Int
    private var isOpen = true
    /// By key, the tenants of the takes whose slots the client holds.
    private(set) var held: [UniqueID: String] = [:]
    /// By key, for takes that wait for their answers and may hold, how many could when they came.
    private(set) var waiting: [UniqueID: UInt32] = [:]
    /// Released while they waited: nobody will release them again.
    private var abandoned: Set<UniqueID> = []

    init(desk: Int) {
        self.desk = desk
    }

    /// As a take finds it; nil when the session is over.
    var openHolder: SlotHolder? { isOpen ? holder : nil }

    func wait(_ request: TokenRequest, limit: UInt32) {
        if isOpen { waiting[request.key] = max(waiting[request.key] ?? 0, limit) }
    }

    /// An answer came; of a session that is over it reaches nobody.
    ///
    /// - Returns: how many slots there were when the take began to wait; zero when it did not.
    /// - Throws: when it holds a slot that nobody will release.
    func answered(
        _ decision: Wire.Decision, _ request: TokenRequest
    ) throws(Breach) -> UInt32 {
        if abandoned.remove(request.key) != nil, decision.held {
            throw Breach("a take holds a slot that was released before it was decided")
        }
        if decision.held, isOpen { held[request.key] = request.tenant }
        return waiting.removeValue(forKey: request.key) ?? 0
    }

    /// The client is done with a request, or gives up waiting for its answer.
    func release(_ key: UniqueID, at now: MeshInstant) {
        held[key] = nil
        if waiting.removeValue(forKey: key) != nil { abandoned.insert(key) }
        holder.release(key, at: now)
    }

    func end(at now: MeshInstant) {
        isOpen = false
        held = [:]
        waiting = [:]
        holder.close(at: now)
    }
}
