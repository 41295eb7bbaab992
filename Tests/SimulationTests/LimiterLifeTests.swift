// SPDX-License-Identifier: MIT
import Glibc
import Simulation
import Testing

/// Invariant 5 for the limiter's own buckets, desks and leases: crashes at any point, checkpoints that
/// are late, lost or doubled, clock steps, evictions, refunds and changes of plan grant nothing above
/// burst and rate, and a restart costs less than a lease. `meshctl sim --model limiter --seed` repeats
/// a failure.
@Suite struct LimiterLifeTests {
    private static let stepCount = 800

    @Test(arguments: seeds)
    func `no limiter grants too much, nor forgets more than a lease`(seeds: Range<UInt64>) {
        var report = LimiterReport()
        for seed in seeds {
            let run = LimiterRun(seed: seed, stepCount: Self.stepCount)
            report.add(run)
            if let breach = run.breach {
                Issue.record(
                    "meshctl sim --model limiter --seed \(seed) --steps \(Self.stepCount): \(breach)"
                )
            }
        }
        let counts = report.counts
        #expect(counts.crashes > seeds.count && counts.granted > counts.refused / 4)
        #expect(counts.refunds > 0 && counts.failedWrites > 0 && counts.evictions > 0)
        #expect(counts.halfRefunds > 0 && counts.halfRefunds < counts.refunds)
    }

    @Test func `a seed is the same life each time`() {
        let runs = (0..<2).map { _ in
            (UInt64(0)..<8).map { LimiterRun(seed: $0, stepCount: Self.stepCount) }
        }
        #expect(runs[0].map(\.hash) == runs[1].map(\.hash))
        #expect(runs[0].map(\.counts) == runs[1].map(\.counts))
        #expect(Set(runs[0].map(\.hash)).count == 8)
    }

    /// 400 lives, or as many as MESH_LIMITER_SIMULATION_COUNT says.
    private static let seeds: [Range<UInt64>] = {
        let variable = getenv("MESH_LIMITER_SIMULATION_COUNT").flatMap { String(cString: $0) }
        return stride(from: 0, to: variable.flatMap(UInt64.init) ?? 400, by: 50).map {
            $0..<$0 + 50
        }
    }()
}
