// SPDX-License-Identifier: MIT
package import Orders
import TokenBucket
import Wire

/// The slots that one session holds, by the keys of its takes: they end with it. Not thread-safe; the
/// counters behind it are.
package final class SlotHolder {
    /// What asking for a slot comes to.
    enum Reservation: Equatable {
        /// One more is held, over the limit of a plan that is only tried out or within any other.
        case reserved(isOver: Bool)
        /// The key holds one already.
        case held
        /// None is free.
        case full
        /// Released before its take was decided, or the session is over.
        case abandoned
        /// The counter was evicted: look the tenant up again.
        case retired
    }

    private enum Stage {
        /// The take is not decided yet: to `held`, `abandoned` or gone.
        case reserved
        /// The take was granted: to gone.
        case held
        /// Freed before the take was decided: to gone, as soon as it is.
        case abandoned
    }

    private struct Slot {
        /// nil for a take that waits under a plan without a limit.
        let counter: SlotCounter?
        let since: MeshInstant
        var stage: Stage
    }

    private var slots: [UniqueID: Slot] = [:]
    private var isClosed = false

    package init() {}

    /// Keys that stand for a slot, or did until their takes are decided.
    package var count: Int { slots.count }

    /// Holds a slot for a take that is being decided; the same again when it waits for a lease.
    func reserve(
        _ key: UniqueID, of limit: BucketDirectory.SlotLimit, isShadow: Bool, at now: MeshInstant
    ) -> Reservation {
        if let slot = slots[key] {
            switch slot.stage {
            case .reserved:
                if slot.counter != nil { return .reserved(isOver: false) }
                // It began to wait before there was a limit.
                slots[key] = nil
            case .held: return .held
            case .abandoned:
                slots[key] = nil
                return .abandoned
            }
        }
        guard !isClosed else { return .abandoned }
        guard slots.count < WireLimits.slotCountMax else { return .full }
        switch limit.counter.hold(countMax: isShadow ? .max : limit.countMax) {
        case .held(let count):
            slots[key] = Slot(counter: limit.counter, since: now, stage: .reserved)
            return .reserved(isOver: count > limit.countMax)
        case .full: return .full
        case .retired: return .retired
        }
    }

    /// A take waits under a plan without a limit: it holds nothing, but may be released meanwhile.
    func wait(_ key: UniqueID, at now: MeshInstant) {
        guard slots[key] == nil, !isClosed, slots.count < WireLimits.slotCountMax else { return }
        slots[key] = Slot(counter: nil, since: now, stage: .reserved)
    }

    /// Whether the take was released before it was decided; that is forgotten then.
    func takeAbandoned(_ key: UniqueID) -> Bool {
        guard !slots.isEmpty, slots[key]?.stage == .abandoned else { return false }
        slots[key] = nil
        return true
    }

    /// The take was granted.
    func keep(_ key: UniqueID) { slots[key]?.stage = .held }

    /// The take was refused, or needs no slot any more.
    func giveUp(_ key: UniqueID, at now: MeshInstant) {
        guard !slots.isEmpty, let slot = slots[key], slot.stage != .held else { return }
        slots[key] = nil
        if slot.stage == .reserved { free(slot, at: now) }
    }

    /// Frees the slot of `key`, if there is one.
    package func release(_ key: UniqueID, at now: MeshInstant) {
        guard let slot = slots[key] else { return }
        switch slot.stage {
        case .held: slots[key] = nil
        // Its take still waits, and must not hold anything once it is decided.
        case .reserved: slots[key]?.stage = .abandoned
        case .abandoned: return
        }
        free(slot, at: now)
    }

    /// The session is over: frees all.
    package func close(at now: MeshInstant) {
        isClosed = true
        for slot in slots.values where slot.stage != .abandoned { free(slot, at: now) }
        slots = [:]
    }

    private func free(_ slot: Slot, at now: MeshInstant) {
        slot.counter?.free(after: now - slot.since)
    }
}
