// SPDX-License-Identifier: MIT
import Orders

/// Who of a batch gets stock, when several orders want the same products. Pure.
struct ReservationPlan: Equatable {
    /// What one order wants: pieces by product.
    struct Demand: Equatable {
        let order: OrderID
        let pieces: [String: Int64]
    }

    /// Orders that get everything they want.
    private(set) var reserved: [Demand] = []
    /// Orders that get nothing, and the first product, by name, that is short.
    private(set) var rejected: [OrderID: String] = [:]

    /// First come, first served, in the sequence of `demands`; an order gets all or nothing, and one
    /// that gets nothing takes nothing away from those behind it.
    ///
    /// - Parameter onHand: pieces on the shelf; products not named have none.
    init(_ demands: [Demand], onHand: [String: Int64]) {
        var left = onHand
        for demand in demands {
            let short = demand.pieces.filter { left[$0.key, default: 0] < $0.value }.keys.min()
            if let short {
                rejected[demand.order] = short
            } else {
                for (product, pieces) in demand.pieces { left[product, default: 0] -= pieces }
                reserved.append(demand)
            }
        }
    }

    /// Pieces to move by product, sorted by name.
    var sums: [(product: String, pieces: Int64)] {
        var sums: [String: Int64] = [:]
        for demand in reserved {
            for (product, pieces) in demand.pieces { sums[product, default: 0] += pieces }
        }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
