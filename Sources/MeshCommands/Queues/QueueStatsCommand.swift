// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Wire

/// `meshctl queue stats`: one queue, its numbers and its policy.
struct QueueStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show a queue's numbers and policy.")

    @Argument(help: "The queue.")
    var queue: String

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let stats = try await mesh.withBroker { try await $0.stats(of: queue) }
        guard let numbers = stats.queues.first else { throw CommandError("no numbers of \(queue)") }
        print(Self.text(numbers))
    }

    static func text(_ queue: QueueStatistics) -> String {
        var table = TextTable("QUEUE", queue.queue)
        table.add("state", queue.paused ? "paused" : "open")
        table.add("ready", queue.ready)
        table.add("of these held", queue.held)
        table.add("leased", queue.leased)
        table.add("delayed", queue.delayed)
        table.add("dead", queue.dead)
        table.add("depth limit", queue.depthMax)
        table.add("bytes", queue.bytes)
        table.add("byte limit", queue.byteDepthMax)
        table.add("published", queue.publishedTotal)
        table.add("settled", queue.settledTotal)
        table.add("settled a second", queue.drainPerSecond)
        table.add("lease", "\(queue.leaseMilliseconds) ms")
        table.add("attempts", queue.attemptsMax)
        table.add("back-off base", "\(queue.backoffBaseMilliseconds) ms")
        table.add("back-off limit", "\(queue.backoffMaxMilliseconds) ms")
        table.add("behind dead letters", queue.holdBehindDead ? "waits" : "goes on")
        return table.text
    }
}
