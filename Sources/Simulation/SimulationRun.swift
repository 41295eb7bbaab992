// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine

/// One seed's life of a broker, and what came of it.
package struct SimulationRun: Sendable {
    package let seed: UInt64
    package let counts: SimulationCounts
    /// Of everything that happened, in order: the same seed has the same hash.
    package let hash: UInt64
    /// What went wrong, and the last events before it; nil when nothing did.
    package let breach: String?
    package let lastEvents: [String]

    /// Runs `stepCount` steps under faults, then lets everything come to rest.
    ///
    /// - Parameter makeDisk: puts something between the broker and its disk.
    package init(
        seed: UInt64, stepCount: Int, makeDisk: @escaping BrokerWorld.MakeDisk = { $0 }
    ) {
        self.seed = seed
        do {
            let world = try BrokerWorld(seed: seed, makeDisk: makeDisk)
            breach = Self.breach(in: world, stepCount)
            counts = world.totals
            hash = world.trace.hash
            lastEvents = world.trace.lines
        } catch {
            breach = "does not start: \(error)"
            (counts, hash, lastEvents) = (SimulationCounts(), 0, [])
        }
    }

    private static func breach(in world: BrokerWorld, _ stepCount: Int) -> String? {
        defer { world.leave() }
        do {
            world.armLife()
            for _ in 0..<stepCount { try world.step() }
            try world.drain()
            return nil
        } catch {
            return "step \(world.trace.step): \(error)"
        }
    }
}
