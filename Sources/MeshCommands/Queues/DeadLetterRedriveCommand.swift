// SPDX-License-Identifier: MIT
import ArgumentParser
import Daemon
import Orders
import ServiceClients
import Wire

/// `meshctl dlq redrive`: gives dead letters their attempts back.
struct DeadLetterRedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive", abstract: "Make dead letters ready again.",
        discussion: """
            Broken off, it can be given again: what was not redriven is still dead. With the same \
            --id, what was done is not done twice, even if the answer was lost.
            """)

    @Argument(help: "The queue.")
    var queue: String

    @Option(name: .customLong("sequence"), help: "One dead letter; repeatable. Default: all.")
    var sequences: [UInt64] = []

    @Option(help: "At most so many.")
    var limit: UInt32?

    @Option(help: "So many a second; default: all at once.")
    var rate: UInt32?

    @Flag(help: "Only say how many it would be.")
    var dryRun = false

    @Option(help: "Names this redrive (a UUID), to give it again; default: a new one.")
    var id: String?

    @OptionGroup var which: DeadLetterFilterOptions
    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard limit != 0, rate != 0 else {
            throw ValidationError("--limit and --rate take 1 or more")
        }
        guard sequences.count <= WireLimits.batchCountMax else {
            throw ValidationError("--sequence at most \(WireLimits.batchCountMax) times")
        }
        if let id, UniqueID(id) == nil { throw ValidationError("--id takes a UUID") }
    }

    func run() async throws {
        let run = RedriveRun(request: request())
        if !dryRun { print("redrive \(run.request.id)") }
        let count = try await mesh.withBroker { broker in
            try await run.run(broker) { print("\($0) redriven, going on") }
        }
        print("\(count) \(dryRun ? "would be redriven" : "redriven") in \(queue)")
    }

    private func request() -> Redrive {
        var random = SystemRandomNumberGenerator()
        let now = WallClock().now()
        return Redrive(
            queue: queue, sequences: sequences, limit: limit ?? 0, who: act.who, why: act.why,
            filter: which.filter(now: now), dryRun: dryRun, ratePerSecond: rate ?? 0,
            id: id.flatMap { UniqueID($0) }
                ?? .version7(milliseconds: now.milliseconds, using: &random))
    }
}
