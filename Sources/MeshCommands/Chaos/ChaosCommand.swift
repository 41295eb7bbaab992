// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation

/// `meshctl chaos`: a whole mesh under load while everything goes wrong, and the account of it.
struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Run a whole mesh under load while everything goes wrong, and account for it.",
        discussion: """
            The built daemons and a PostgreSQL of their own, with a proxy on every way between them. \
            Processes are killed and stopped, ways are cut, stalled and slow, answers are lost, disks \
            fill, clocks step. What must hold at any instant is asked all along, in one snapshot each \
            time; in the end faults are mended, everything is started anew, dead letters are redriven, \
            and all of it is asked again. The seed chooses the faults and the orders; the first \
            interruption ends the faults early, a second one ends it all at once. Disks are filled \
            when root runs it; clocks step when libfaketime is installed. Ends with a status other \
            than zero when something does not hold, and keeps the run directory then.
            """)

    @Option(help: "How long things go wrong.")
    var minutes = 10.0

    @Option(
        help: ArgumentHelp(
            "Who moves the money: ledger or stripe.",
            discussion: "With stripe, a localstripe beyond a faulty network; it is installed by "
                + "scripts/install-tool localstripe in the source tree."))
    var provider = ChaosProvider.ledger

    @Option(help: "The same seed has the same go wrong at the same times.")
    var seed: UInt64 = 1

    @Option(help: "Orders a second.")
    var rate = 50

    @Option(help: "Seconds between two rounds of checks.")
    var checkEvery = 5.0

    @Option(help: "Directory for all data; on a disk. A short path.")
    var directory: String = "/tmp"

    @Flag(help: "Leave the clocks alone.")
    var noClockSteps = false

    @Flag(help: "Keep the run directory in any case.")
    var keep = false

    @Flag(help: "Print the schedule of faults and do nothing.")
    var dryRun = false

    @Flag(help: "Print the account as one JSON object.")
    var json = false

    func validate() throws {
        guard (0.1...1440).contains(minutes), (1...1000).contains(rate) else {
            throw ValidationError("--minutes is 0.1 to 1440, --rate is 1 to 1000")
        }
        guard (1...600).contains(checkEvery) else {
            throw ValidationError("--check-every is 1 to 600")
        }
    }

    func run() async throws {
        let hasSmallDisks = try !dryRun && MountNamespace.enter()
        let schedule = ChaosSchedule(
            seed: seed, length: .seconds(minutes * 60), provider: provider)
        for entry in schedule.entries where dryRun || !json { print(entry) }
        guard !dryRun else { return }
        let name = "mesh-chaos-\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 36)
        let run = ChaosRun(
            schedule: schedule, provider: provider, seed: seed, rate: rate,
            checkInterval: .seconds(checkEvery),
            directory: directory + "/" + name, hasSmallDisks: hasSmallDisks,
            stepsClocks: !noClockSteps, keepsDirectory: keep)
        try await run.run { report in
            do {
                print(json ? try report.json() : report.text)
            } catch {
                print("the account cannot be written: \(error)")
                Foundation.exit(EXIT_FAILURE)
            }
            Foundation.exit(report.holds ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }
}
