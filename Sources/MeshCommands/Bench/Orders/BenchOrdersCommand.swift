// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl bench orders`: orders through a whole mesh, from the request until they are fulfilled.
struct BenchOrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders",
        abstract: "Send orders through a whole mesh until they are fulfilled.",
        discussion: """
            Each case starts a mesh of its own, by `meshctl up`, with a PostgreSQL of its own, and \
            everything durable. Latencies run from the moment at which an order is sent (at a steady \
            rate: is due) until a listener of the database hears of its last event, behind the commit. \
            Ends with a status other than zero when an accepted order is not fulfilled, or a sum of \
            ledger, stock or receipts does not hold.
            """)

    @Flag(help: "Print one JSON array of objects.")
    var json = false

    @Option(help: "Orders of the case `saturated`; 0 leaves it out.")
    var orders = 10_000

    @Option(help: "Orders a second of the steady case; 0 leaves it out.")
    var rate = 1000

    @Option(help: "Seconds in which orders are placed, at most in `saturated`.")
    var seconds = 10.0

    @Option(help: "Connections of the mesh protocol.")
    var connections = 4

    @Option(help: "Orders that wait for their answer on each connection in `saturated`.")
    var window = 64

    @Option(help: "HTTP connections that place as many orders in a case of their own; 0: none.")
    var http = 0

    @Option(help: "Orders that are placed first and not measured.")
    var warmUp = 500

    @Option(help: "Processes of stages, as in payment=2,inventory=2.", transform: StageCopies.init)
    var copies = StageCopies()

    @Option(help: "Steps in one transaction of a stage (stage.batch).")
    var batch: Int?

    @Option(help: "Batches at a time of a stage (stage.workers).")
    var workers: Int?

    @Option(help: "Between two batches of a worker, as in 20ms (stage.gather).")
    var gather: String?

    @Option(help: "What the daemons log (log.level); meshes log every step by default.")
    var logLevel = "info"

    @Option(help: "Directory for all data; on the disk to be measured. A short path.")
    var directory: String?

    func validate() throws {
        guard (0...1_000_000).contains(orders) else {
            throw ValidationError("--orders is 0 to 1000000")
        }
        guard (0...100_000).contains(rate), (0.1...600).contains(seconds) else {
            throw ValidationError("--rate is 0 to 100000, --seconds is 0.1 to 600")
        }
        guard (1...256).contains(connections), (1...4096).contains(window),
            (0...1024).contains(http), (0...100_000).contains(warmUp)
        else {
            throw ValidationError("--connections is 1 to 256, --window 1 to 4096, --http to 1024")
        }
    }

    func run() async throws {
        var results: [OrdersResult] = []
        if orders > 0 {
            results.append(try await measure("saturated", .window(window), orders, connections))
            if http > 0 {
                results.append(try await measure("saturated http", .http, orders, http))
            }
        }
        if rate > 0 {
            let count = Int(Double(rate) * seconds)
            results.append(
                try await measure("steady\(rate)", .perSecond(rate), count, connections))
        }
        print(json ? try BenchResult.json(results) : OrdersResult.table(results))
        let complaints = results.flatMap(\.complaints)
        for complaint in complaints where !json { print("does not hold: \(complaint)") }
        guard complaints.isEmpty else { throw ExitCode.failure }
    }
}
