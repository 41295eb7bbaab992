// SPDX-License-Identifier: MIT
import Orders

/// Who was told when to come back: one after the other, as fast as the queue drains, so that each who
/// obeys finds room. Who comes without having been told waits behind them.
struct ReturnSchedule {
    enum Standing: Equatable {
        case unknown
        /// Has a place, which is still to come.
        case early(MeshInstant)
        case due
    }

    private var places: [ScopedKey: MeshInstant] = [:]
    /// The same, by time; what is before `head` is gone.
    private var order: [(at: MeshInstant, key: ScopedKey)] = []
    private var head = 0

    /// More are told when, and not remembered.
    static let countMax = 100_000
    /// Retry-After is in whole seconds, and a client is not exact.
    private static let earlyTolerance: Duration = .milliseconds(500)
    /// Then a place is given up.
    private static let lateTolerance: Duration = .seconds(5)

    /// Who still has a place.
    var count: Int { places.count }

    /// Gives up the places of those who did not come.
    mutating func purge(at now: MeshInstant) {
        while head < order.count, order[head].at + Self.lateTolerance < now {
            if places[order[head].key] == order[head].at { places[order[head].key] = nil }
            head += 1
        }
        if head > Self.countMax || head == order.count {
            order.removeFirst(head)
            head = 0
        }
    }

    func standing(of key: ScopedKey, at now: MeshInstant) -> Standing {
        guard let place = places[key] else { return .unknown }
        return now + Self.earlyTolerance >= place ? .due : .early(place)
    }

    /// A place for `key`, no earlier than `earliest`, and `interval` behind the one before.
    mutating func place(
        for key: ScopedKey, earliest: MeshInstant, interval: Duration
    ) -> MeshInstant {
        let last = order.last?.at ?? .epoch
        let place = max(earliest, last + interval)
        if places.count < Self.countMax {
            places[key] = place
            order.append((place, key))
        }
        return place
    }

    mutating func remove(_ key: ScopedKey) { places[key] = nil }
}
