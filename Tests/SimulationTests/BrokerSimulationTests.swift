// SPDX-License-Identifier: MIT
import Glibc
import QueueState
import SegmentLog
import SimulatedMachine
import Testing

/// Invariants 1, 6 and 8, on a disk that loses what was not made durable.
@Suite struct BrokerSimulationTests {
    /// Each seed is a life of several crashes; a failure names its seed, which repeats it when
    /// given as MESH_SIMULATION_SEED.
    @Test(arguments: seeds)
    func `what was answered survives every crash, once and whole`(seeds: Range<UInt64>) throws {
        for seed in seeds {
            do {
                try live(seed: seed, crashCount: 6)
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test func `messages are moved in those lives, so that segments go`() throws {
        let moveCount = try (UInt64(0)..<10).reduce(0) {
            $0 + (try live(seed: $1, crashCount: 6).moveCount)
        }
        #expect(moveCount > 10)
    }

    @Test func `a disk that only pretends to synchronize is found out`() {
        var foundCount = 0
        for seed in UInt64(0)..<10 {
            do {
                try live(seed: seed, crashCount: 6, isPretending: true)
            } catch {
                foundCount += 1
            }
        }
        #expect(foundCount > 5)
    }

    /// 60 lives, or as many as MESH_SIMULATION_COUNT says, or the one of MESH_SIMULATION_SEED.
    private static let seeds: [Range<UInt64>] =
        if let seed = number("MESH_SIMULATION_SEED") {
            [seed..<seed + 1]
        } else {
            stride(from: 0, to: number("MESH_SIMULATION_COUNT") ?? 60, by: 10).map { $0..<$0 + 10 }
        }

    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }

    @discardableResult
    private func live(
        seed: UInt64, crashCount: Int, isPretending: Bool = false
    ) throws -> BrokerWorld {
        let world = try BrokerWorld(seed: seed)
        if isPretending { world.storage.pretendToSynchronize() }
        while world.crashCount < crashCount {
            world.storage.crash(afterOperations: Int.random(in: 1...120, using: &world.random))
            do {
                while true { try world.step() }
            } catch let error as LogError where world.storage.hasCrashed {
                #expect(error.file != "")
            } catch is StorageError where world.storage.hasCrashed {
            }
            try restart(world)
        }
        return world
    }

    /// Recovery itself is cut off now and then.
    private func restart(_ world: BrokerWorld) throws {
        world.storage.restart()
        if world.random.once(in: 3) {
            world.storage.crash(afterOperations: Int.random(in: 1...3, using: &world.random))
            _ = try? BrokerWorld.recover(world.storage, world.now, 0)
        }
        try world.restart()
    }
}
