// SPDX-License-Identifier: MIT

/// Turns between the tenants of each queue, counted from what is delivered.
///
/// While a tenant has something ready, no other is served twice before it had its whole turn. So of
/// any stretch of deliveries through which it always had something ready, the turns of another that
/// must have begun in it are known by how much the other got, and its own are due in between.
struct TurnWatch {
    /// What was delivered since a tenant has had something ready without a break, by tenant.
    private typealias Stretch = [Int: Int]

    private let turnCount: Int
    /// Of each queue and tenant.
    private var stretches: [[Stretch]]
    /// Of each tenant, what his weight may be.
    private var weights: [ClosedRange<Int>]
    /// Whether turns may be under way that began under other weights.
    private var hasReweighed = false
    /// The last collection of words in which something may have been leased that nobody saw.
    private var disturbance = -1

    init(_ rules: SimulationRules) {
        turnCount = Int(rules.turnCount)
        weights = .init(repeating: 1...1, count: Offer.tenantCount)
        stretches = .init(
            repeating: .init(repeating: [:], count: Offer.tenantCount),
            count: SimulationRules.queueCount)
    }

    // MARK: - What happens to turns

    mutating func forget(_ queue: Int) {
        stretches[queue] = .init(repeating: [:], count: Offer.tenantCount)
    }

    private mutating func forgetAll() {
        for queue in stretches.indices { forget(queue) }
    }

    /// All turns begin anew.
    mutating func restart() {
        forgetAll()
        hasReweighed = false
    }

    mutating func disturb(during collection: Int) {
        forgetAll()
        disturbance = max(disturbance, collection)
    }

    /// The broker was asked to set weights, and may have.
    mutating func mayWeigh(_ changes: [Int: UInt32]) {
        forgetAll()
        hasReweighed = true
        for (tenant, weight) in changes {
            let (old, new) = (weights[tenant], Int(weight))
            weights[tenant] = min(old.lowerBound, new)...max(old.upperBound, new)
        }
    }

    /// It did.
    mutating func weighs(_ changes: [Int: UInt32]) {
        for (tenant, weight) in changes { weights[tenant] = Int(weight)...Int(weight) }
    }

    // MARK: - Deliveries

    /// Something of `tenant` is delivered, and those of `waiting` have something else ready.
    mutating func delivered(
        _ tenant: Int, _ queue: Int, waiting: Set<Int>, during collection: Int
    ) throws(Breach) {
        guard collection > disturbance else { return forget(queue) }
        for waiter in stretches[queue].indices {
            guard waiting.contains(waiter) else {
                stretches[queue][waiter] = [:]
                continue
            }
            stretches[queue][waiter][tenant, default: 0] += 1
            try check(waiter, stretches[queue][waiter], queue)
        }
    }

    private func check(_ tenant: Int, _ stretch: Stretch, _ queue: Int) throws(Breach) {
        let own = stretch[tenant] ?? 0
        for (other, count) in stretch where other != tenant {
            let turn = turnCount * weights[other].upperBound
            // The first may have begun before, with more.
            let first = hasReweighed ? turnCount * Int(SimulationRules.weightMax) : turn
            let due = (max(count - first, 0) + turn - 1) / turn
            guard own / (turnCount * weights[tenant].lowerBound) >= due else {
                throw Breach(
                    "tenant \(other) got \(count) of queue \(queue), \(tenant) got \(own) "
                        + "and waits: weights \(weights), \(turnCount) a turn")
            }
        }
    }
}
