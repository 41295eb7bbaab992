// SPDX-License-Identifier: MIT
import ArgumentParser
import Simulation

/// `meshctl sim`: lives of a broker or a limiter under every fault there is, each repeated by its
/// seed.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Simulate a broker or a limiter, and every fault around it.",
        discussion: """
            Each seed is one life, the same whenever it is run. Ends with a status other than zero
            when a promise was broken, and prints the seed that shows it.
            """)

    /// What is simulated.
    enum Model: String, ExpressibleByArgument, CaseIterable {
        case broker, limiter
    }

    @Option(help: "What to simulate: broker or limiter.")
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
        let range = seed.map { $0..<$0 + 1 } ?? first..<first + seeds
        let hasFailed =
            switch model {
            case .broker: runBrokers(range)
            case .limiter: runLimiters(range)
            }
        if hasFailed { throw ExitCode.failure }
    }

    private func runBrokers(_ seeds: Range<UInt64>) -> Bool {
        var report = SimulationReport()
        for seed in seeds where !stop || report.failedSeeds.isEmpty {
            let run = SimulationRun(seed: seed, stepCount: steps)
            report.add(run)
            note(seed, run.breach, run.hash, run.lastEvents)
        }
        print(report.summary)
        return !report.failedSeeds.isEmpty
    }

    private func runLimiters(_ seeds: Range<UInt64>) -> Bool {
        var report = LimiterReport()
        for seed in seeds where !stop || report.failedSeeds.isEmpty {
            let run = LimiterRun(seed: seed, stepCount: steps)
            report.add(run)
            note(seed, run.breach, run.hash, run.lastEvents)
        }
        print(report.summary)
        return !report.failedSeeds.isEmpty
    }

    private func note(_ seed: UInt64, _ breach: String?, _ hash: UInt64, _ events: [String]) {
        if self.seed != nil {
            for event in events { print(event) }
            print("seed \(seed): hash \(String(hash, radix: 16))")
        }
        guard let breach else { return }
        print("seed \(seed): \(breach)")
        print("  again: meshctl sim --model \(model.rawValue) --seed \(seed) --steps \(steps)")
    }
}
