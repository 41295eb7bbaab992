// SPDX-License-Identifier: MIT
import ArgumentParser
import Simulation

/// `meshctl sim`: lives of a broker under every fault there is, each repeated by its seed.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Simulate brokers, their clients, disks, clocks and networks, and their faults.",
        discussion: """
            Each seed is one life, the same whenever it is run. Ends with a status other than zero
            when a promise was broken, and prints the seed that shows it.
            """)

    /// What is simulated.
    enum Model: String, ExpressibleByArgument, CaseIterable {
        case broker
    }

    @Option(help: "What to simulate: broker.")
    var model = Model.broker

    @Option(help: "Run this seed alone, and print its last events.")
    var seed: UInt64?

    @Option(help: "How many seeds to run.")
    var seeds: UInt64 = 100

    @Option(help: "The first of them.")
    var first: UInt64 = 0

    @Option(help: "Steps of each, before the faults stop.")
    var steps = 1000

    @Flag(help: "Stop at the first seed that fails.")
    var stop = false

    func validate() throws {
        guard (1...10_000_000).contains(steps) else {
            throw ValidationError("--steps is 1 to 10000000")
        }
        guard seeds >= 1, !first.addingReportingOverflow(seeds).overflow else {
            throw ValidationError("--seeds is 1 or more, and --first so small that they exist")
        }
    }

    func run() throws {
        let report =
            if let seed { runOne(seed) } else { runMany(first..<first + seeds) }
        print(report.summary)
        guard report.failedSeeds.isEmpty else { throw ExitCode.failure }
    }

    private func runOne(_ seed: UInt64) -> SimulationReport {
        let run = SimulationRun(seed: seed, stepCount: steps)
        for event in run.lastEvents { print(event) }
        print("seed \(seed): hash \(String(run.hash, radix: 16))")
        var report = SimulationReport()
        note(run, in: &report)
        return report
    }

    private func runMany(_ seeds: Range<UInt64>) -> SimulationReport {
        var report = SimulationReport()
        for seed in seeds where !stop || report.failedSeeds.isEmpty {
            note(SimulationRun(seed: seed, stepCount: steps), in: &report)
        }
        return report
    }

    private func note(_ run: SimulationRun, in report: inout SimulationReport) {
        report.add(run)
        guard let breach = run.breach else { return }
        print("seed \(run.seed): \(breach)")
        print("  again: meshctl sim --seed \(run.seed) --steps \(steps)")
    }
}
