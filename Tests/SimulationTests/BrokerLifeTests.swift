// SPDX-License-Identifier: MIT
import Glibc
import Simulation
import Testing

/// Invariants 1, 6, 7 and 8 for the whole broker behind its door: service, sessions, queues and
/// log, with clients, a network, a clock and a disk that all go wrong. A failure names its seed,
/// which `meshctl sim --seed` repeats.
@Suite struct BrokerLifeTests {
    private static let stepCount = 250

    @Test(arguments: seeds)
    func `no promise is broken in any life`(seeds: Range<UInt64>) {
        var crashCount = 0
        for seed in seeds {
            let run = SimulationRun(seed: seed, stepCount: Self.stepCount)
            crashCount += run.counts.crashes
            if let breach = run.breach {
                Issue.record("meshctl sim --seed \(seed) --steps \(Self.stepCount): \(breach)")
            }
        }
        #expect(
            seeds.count == 1 || crashCount > seeds.count / 4,
            "too little goes wrong for this to prove anything")
    }

    @Test func `a seed is the same life each time`() {
        let runs = (0..<2).map { _ in
            (UInt64(0)..<12).map { SimulationRun(seed: $0, stepCount: Self.stepCount) }
        }
        #expect(runs[0].map(\.hash) == runs[1].map(\.hash))
        #expect(runs[0].map(\.counts) == runs[1].map(\.counts))
        #expect(Set(runs[0].map(\.hash)).count == 12)
    }

    /// 2,000 lives, or as many as MESH_SIMULATION_COUNT says, or the one of MESH_SIMULATION_SEED.
    private static let seeds: [Range<UInt64>] =
        if let seed = number("MESH_SIMULATION_SEED") {
            [seed..<seed + 1]
        } else {
            stride(from: 0, to: number("MESH_SIMULATION_COUNT") ?? 2000, by: 100).map {
                $0..<$0 + 100
            }
        }

    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }
}
