// SPDX-License-Identifier: MIT

/// Grants of one tenant against burst + rate x window, in windows whose edges lie on a grid; each
/// holds only what was asked for and answered within it, so that no grant is counted that may have
/// fallen outside.
struct TakeCeiling {
    /// The most that any window holds above what it may, in tokens; negative when the ceiling holds.
    let excess: Double

    /// Tokens come back within a window that is shorter; bursts do not.
    private static let step = Duration.milliseconds(20)
    /// Longer windows hold the same grants at more time.
    private static let windowMax = 3_000

    init(_ grants: [TakeLedger.Grant], _ subject: TakeLedger.Subject) {
        guard let first = grants.map(\.from).min() else {
            excess = -.infinity
            return
        }
        // By the cell that each was asked for in, with the cell in which it was answered.
        var cells: [[(end: Int, cost: Int)]] = []
        for grant in grants {
            let begin = Int((grant.from - first) / Self.step)
            let end = Int((grant.to - first) / Self.step)
            while cells.count <= begin { cells.append([]) }
            cells[begin].append((end, Int(grant.cost)))
        }
        let perCell = Double(subject.rate) * (Self.step / .seconds(1))
        var worst = -Double.infinity
        // Tokens that end in each cell after the window's beginning, going backwards.
        var ends = [Int](repeating: 0, count: cells.count + Self.windowMax)
        for begin in cells.indices.reversed() {
            for (end, cost) in cells[begin] where end < ends.count { ends[end] += cost }
            var sum = 0
            for end in begin..<min(begin + Self.windowMax, ends.count) {
                sum += ends[end]
                let allowed = Double(subject.burst) + perCell * Double(end - begin + 1)
                worst = max(worst, Double(sum) - allowed)
            }
        }
        excess = worst
    }
}
