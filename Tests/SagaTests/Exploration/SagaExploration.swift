// SPDX-License-Identifier: MIT
import Orders
import Saga

/// Every world that can be reached, with every order of moves and a number of faults: breadth first, so
/// that what is found is shown by the shortest way to it.
struct SagaExploration {
    /// What does not hold, and how it came to that.
    struct Finding: CustomStringConvertible {
        let complaint: String
        let way: [String]
        let world: SagaWorld

        var description: String {
            "\(complaint), after \(way.joined(separator: "; ")); then \(world)"
        }
    }

    private let rules: SagaRules
    private(set) var worlds: [SagaWorld] = []
    /// The first thing that does not hold, if any.
    private(set) var finding: Finding?
    private var places: [SagaWorld: Int] = [:]
    private var origins: [(place: Int, move: String)] = []
    /// Whence each world is reached without a fault.
    private var sources: [[Int]] = []

    /// Explores all of it; stops at the first thing that does not hold.
    init(faults: Int, _ rules: SagaRules = SagaRules()) {
        self.rules = rules
        _ = place(of: SagaWorld(faultsLeft: faults), from: 0, by: "")
        var next = 0
        while next < worlds.count, finding == nil {
            explore(next)
            next += 1
        }
        if finding == nil { checkThatAllEndWell() }
    }

    private mutating func explore(_ place: Int) {
        let world = worlds[place]
        if let complaint = world.breach ?? world.breachAtRest {
            finding = Finding(complaint: complaint, way: way(to: place), world: world)
            return
        }
        for move in world.moves(rules) {
            let target = self.place(of: move.world, from: place, by: move.name)
            if !move.isFault { sources[target].append(place) }
        }
        guard world.isAtRest else { return }
        for letter in world.dead {
            let name = "redrive \(letter.kind)"
            let target = self.place(of: world.redriven(letter), from: place, by: name)
            sources[target].append(place)
        }
    }

    private mutating func place(of world: SagaWorld, from origin: Int, by move: String) -> Int {
        if let known = places[world] { return known }
        places[world] = worlds.count
        worlds.append(world)
        origins.append((origin, move))
        sources.append([])
        return worlds.count - 1
    }

    /// From everywhere, once nothing goes wrong any more and an operator redrives what is dead, the
    /// order comes to a good end.
    private mutating func checkThatAllEndWell() {
        var isGood = worlds.map(\.isGoodEnd)
        var open = isGood.indices.filter { isGood[$0] }
        while let place = open.popLast() {
            for source in sources[place] where !isGood[source] {
                isGood[source] = true
                open.append(source)
            }
        }
        if let stuck = isGood.firstIndex(of: false) {
            finding = Finding(complaint: "no good end", way: way(to: stuck), world: worlds[stuck])
        }
    }

    private func way(to place: Int) -> [String] {
        var way: [String] = []
        var here = place
        while here != 0 {
            way.append(origins[here].move)
            here = origins[here].place
        }
        return way.reversed()
    }
}
