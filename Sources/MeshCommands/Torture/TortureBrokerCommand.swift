// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Sessions

/// `meshctl torture broker`: SIGKILLs brokerd at random moments, also while it recovers, under
/// publishers and consumers over TLS, then accounts for every message.
struct TortureBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "Kill brokerd under load, and account for every message.")

    @Option(help: "How often to kill it.")
    var kills = 300

    @Option(help: "Of the moments and of the messages; what the system does is chance still.")
    var seed: UInt64 = 1

    @Option(help: "Where the broker's directory is made; on the disk to be trusted.")
    var directory: String?

    func validate() throws {
        guard (1...100_000).contains(kills) else {
            throw ValidationError("--kills is 1 to 100000")
        }
    }

    func run() async throws {
        let broker = try await TorturedDaemon.broker(in: directory)
        let ledger = TortureLedger()
        let connections = try (0..<4).map { number in try broker.connection(named: "\(number)") }
        let clients = connections.dropLast().map { BrokerClient($0, deadline: .seconds(3)) }
        let load = TortureLoad(publisher: clients[0], ledger: ledger, seed: seed)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for connection in connections {
                tasks.addTask { try await connection.run() }
            }
            for client in clients[1...2] {
                tasks.addTask { try await load.consume(with: client) }
            }
            try await withThrowingTaskGroup(of: Void.self) { publishers in
                load.addPublishers(to: &publishers)
                try await broker.torture(killCount: kills, seed: seed) { report($0, ledger) }
                load.stop()
                try await publishers.waitForAll()
            }
            let accountant = BrokerClient(connections[3], deadline: .seconds(60))
            try await TortureAccount(client: accountant, ledger: ledger).close()
            tasks.cancelAll()
        }
        try await broker.stop()
        try TortureVerdict.close(
            killCount: kills, summary: ledger.summary, breaches: ledger.breaches)
    }

    private func report(_ killCount: Int, _ ledger: TortureLedger) {
        guard killCount % 20 == 0 else { return }
        print("killed \(killCount) of \(kills): \(ledger.summary)")
    }
}
