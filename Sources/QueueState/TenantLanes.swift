// SPDX-License-Identifier: MIT
import DequeModule

/// Messages of many tenants, one line each, served in turns: deficit round robin.
///
/// A message costs 1, whatever its size: consumers spend credit, leases and attempts by message, and
/// what a body takes to carry is little beside what an order takes to handle. A turn is
/// `TenantWeights.turn` messages, so that neighbours in the log are read together. A tenant alone
/// pays nothing for this, and one with nothing waiting costs no memory.
struct TenantLanes {
    private struct Lane {
        var tenant: TenantKey
        var messages = SlotList()
        /// What is left of the turn; 0 before it begins.
        var deficit: UInt32 = 0
    }

    private var lanes: ContiguousArray<Lane> = []
    private var free: [Int32] = []
    private var places = HashTable<Int32>()
    /// The lanes that hold something, the one in turn first.
    private var turns: Deque<Int32> = []
    /// A lane that ran empty last, kept for its tenant until another needs one.
    private var resting: Int32?
    /// The lane used last: most messages follow one of the same tenant.
    private var latest: Int32?

    /// Tenants that a lane is kept for.
    var laneCount: Int { lanes.count - free.count }

    var first: SlotIndex? {
        turns.first.flatMap { lanes[Int($0)].messages.first }
    }

    mutating func append(_ slot: SlotIndex, in table: inout MessageTable) {
        let lane = enter(table[slot].tenant)
        lanes[lane].messages.append(slot, in: &table)
    }

    mutating func prepend(_ slot: SlotIndex, in table: inout MessageTable) {
        let lane = enter(table[slot].tenant)
        lanes[lane].messages.prepend(slot, in: &table)
    }

    /// Takes the first message on its tenant's account.
    ///
    /// - Precondition: there is one.
    mutating func takeFirst(in table: inout MessageTable, weights: TenantWeights) {
        let lane = Int(turns[0])
        if turns.count > 1, lanes[lane].deficit == 0 {
            lanes[lane].deficit = weights.turn(of: lanes[lane].tenant)
        }
        if lanes[lane].deficit > 0 { lanes[lane].deficit -= 1 }
        let isTurnOver = lanes[lane].deficit == 0
        removeFirst(in: &table)
        if isTurnOver, turns.count > 1, turns[0] == lane { turns.append(turns.removeFirst()) }
    }

    /// Takes the first message on nobody's account: it only waits elsewhere.
    ///
    /// - Precondition: there is one.
    mutating func removeFirst(in table: inout MessageTable) {
        let lane = turns[0]
        _ = lanes[Int(lane)].messages.popFirst(in: &table)
        guard lanes[Int(lane)].messages.isEmpty else { return }
        turns.removeFirst()
        lanes[Int(lane)].deficit = 0
        if turns.isEmpty { resting = lane } else { remove(lane) }
    }

    // MARK: - Lanes

    /// The tenant's lane, in turn now if it was not: something is about to be put into it.
    private mutating func enter(_ tenant: TenantKey) -> Int {
        let lane = find(tenant) ?? make(tenant)
        latest = lane
        if lanes[Int(lane)].messages.isEmpty {
            turns.append(lane)
            if resting == lane { resting = nil }
        }
        return Int(lane)
    }

    private func find(_ tenant: TenantKey) -> Int32? {
        if let latest, lanes[Int(latest)].tenant == tenant { return latest }
        return places[tenant.rawValue]
    }

    private mutating func make(_ tenant: TenantKey) -> Int32 {
        if let resting { remove(resting) }
        resting = nil
        let lane = free.popLast() ?? Int32(lanes.count)
        if Int(lane) == lanes.count {
            lanes.append(Lane(tenant: tenant))
        } else {
            lanes[Int(lane)] = Lane(tenant: tenant)
        }
        places[tenant.rawValue] = lane
        return lane
    }

    private mutating func remove(_ lane: Int32) {
        places[lanes[Int(lane)].tenant.rawValue] = nil
        free.append(lane)
        if latest == lane { latest = nil }
    }
}
