// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Wire

/// `meshctl queue purge`: throws messages away.
struct QueuePurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Throw away what is ready or delayed in a queue, or its dead letters.",
        discussion: "What is on lease stays, and may still be settled.")

    @Argument(help: "The queue.")
    var queue: String

    @Flag(help: "Its dead letters instead.")
    var dead = false

    @OptionGroup var act: ActOptions
    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let count = try await mesh.withBroker { broker in
            let stats = try await broker.stats(of: queue).queues.first
            let found = stats.map { dead ? $0.dead : $0.ready + $0.delayed } ?? 0
            let what = dead ? "dead letters" : "waiting messages"
            try confirm.require("throwing \(found) \(what) of \(queue) away")
            return try await purge(broker)
        }
        print("\(count) gone from \(queue)")
    }

    private func purge(_ broker: BrokerClient) async throws -> UInt64 {
        let request = Purge(queue: queue, dead: dead, who: act.who, why: act.why)
        var count: UInt64 = 0
        while true {
            let purged = try await broker.purge(request)
            count += UInt64(purged.count)
            // None gone though there are more: they came meanwhile and are not durable yet.
            guard purged.more, purged.count > 0 else { return count }
        }
    }
}
