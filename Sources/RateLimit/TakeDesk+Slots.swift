// SPDX-License-Identifier: MIT
package import Orders
import TokenBucket
package import Wire

/// Takes that ask to hold a slot. The slot comes first, and goes when the tokens are refused: for a
/// moment others may see one less than there is, never one more.
extension TakeDesk {
    /// What a refusal for want of a slot says before any slot was freed.
    private static let holdDefault: Duration = .seconds(1)
    /// Bounds of what it says later.
    private static let holdMin: Duration = .milliseconds(10)
    private static let holdMax: Duration = .seconds(60)

    /// Decides one take, or has it wait for a lease.
    ///
    /// - Parameter holder: of the session that asks, for takes that hold; nil once it is over.
    package func decide(
        _ request: TokenRequest, for holder: SlotHolder?, at now: MeshInstant
    ) -> Answer {
        // Nearly every take: nothing of what follows concerns it.
        guard request.hold else { return decide(request, at: now) }
        return holding(request, holder, at: now) { decide(request, at: now) }
    }

    /// Decides a take that waited for a lease in vain, as the tenant's plan says.
    package func decideAway(
        _ request: TokenRequest, for holder: SlotHolder?, at now: MeshInstant
    ) -> Wire.Decision {
        guard request.hold else { return decideAway(request, at: now) }
        let answer = holding(request, holder, at: now) {
            .decided(decideAway(request, at: now))
        }
        guard case .decided(let decision) = answer else { return unavailable() }
        return decision
    }

    /// Runs `take` with a slot, and without one where the plan has no limit.
    private func holding(
        _ request: TokenRequest, _ holder: SlotHolder?, at now: MeshInstant,
        _ take: () -> Answer
    ) -> Answer {
        guard request.cost > 0 else { return look(request, at: now) ?? take() }
        guard let limit = slots(of: request.tenant, at: now) else {
            return unlimited(request, holder, at: now, take)
        }
        guard let holder else { return .decided(unavailable()) }
        let (reservation, current) = reserve(request, limit, for: holder, at: now)
        switch reservation {
        case .held, .reserved: break
        case .full: return .decided(full(current))
        case .abandoned, .retired: return .decided(unavailable())
        }
        let answer = take()
        guard case .decided(var decision) = answer else { return answer }
        if decision.granted {
            holder.keep(request.key)
            decision.held = true
        } else if reservation != .held {
            holder.giveUp(request.key, at: now)
        }
        return .decided(decision)
    }

    /// Under a plan without a limit, which may have had one, or get one, while the take waits.
    private func unlimited(
        _ request: TokenRequest, _ holder: SlotHolder?, at now: MeshInstant,
        _ take: () -> Answer
    ) -> Answer {
        guard holder?.takeAbandoned(request.key) != true else { return .decided(unavailable()) }
        let answer = take()
        switch answer {
        case .waits: holder?.wait(request.key, at: now)
        case .decided: holder?.giveUp(request.key, at: now)
        }
        return answer
    }

    private func reserve(
        _ request: TokenRequest, _ limit: BucketDirectory.SlotLimit, for holder: SlotHolder,
        at now: MeshInstant
    ) -> (SlotHolder.Reservation, BucketDirectory.SlotLimit) {
        var limit = limit
        for _ in 0..<Self.attemptCountMax {
            let reservation = holder.reserve(
                request.key, of: limit, isShadow: isShadow(request.tenant, at: now), at: now)
            if case .reserved(isOver: true) = reservation { noteShadowed() }
            guard reservation == .retired else { return (reservation, limit) }
            forget(request.tenant)
            guard let next = slots(of: request.tenant, at: now) else { break }
            limit = next
        }
        return (.retired, limit)
    }

    /// The tenant's slots, where its plan limits them: nothing is held.
    private func look(_ request: TokenRequest, at now: MeshInstant) -> Answer? {
        guard let limit = slots(of: request.tenant, at: now) else { return nil }
        notePeeked()
        let free = limit.countMax - limit.counter.count
        let pause = free > 0 ? 0 : Self.pause(limit).wireMilliseconds
        return .decided(decision(limit, isGranted: free > 0, free: max(free, 0), pause))
    }

    private func full(_ limit: BucketDirectory.SlotLimit) -> Wire.Decision {
        noteFull()
        return decision(limit, isGranted: false, free: 0, Self.pause(limit).wireMilliseconds)
    }

    private func decision(
        _ limit: BucketDirectory.SlotLimit, isGranted: Bool, free: Int, _ pause: UInt32
    ) -> Wire.Decision {
        Wire.Decision(
            granted: isGranted, scope: .concurrency, limit: UInt32(clamping: limit.countMax),
            remaining: UInt32(clamping: free), resetMilliseconds: pause,
            retryAfterMilliseconds: pause, windowSeconds: 0, held: false)
    }

    /// For as long as slots are held of late: then those held now are free, as far as anybody can say.
    private static func pause(_ limit: BucketDirectory.SlotLimit) -> Duration {
        min(max(limit.counter.holdDuration ?? holdDefault, holdMin), holdMax)
    }
}
