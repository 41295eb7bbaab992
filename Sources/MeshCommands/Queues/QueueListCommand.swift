// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Sessions
import Wire

/// `meshctl queue ls`: each queue in numbers.
struct QueueListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the queues with their depth.")

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let stats = try await mesh.withConnection(to: "brokerd") { connection in
            try await connection.call(
                QueueStats(queue: ""), answer: QueueStatsOK.self, trace: .zero,
                deadline: .seconds(5))
        }
        var table = TextTable(
            "QUEUE", "READY", "LEASED", "DELAYED", "DEAD", "BYTES", "LIMIT", "PUBLISHED",
            "SETTLED", "DRAIN/S", "STATE")
        for queue in stats.queues.sorted(by: { $0.queue < $1.queue }) {
            table.add(
                queue.queue, queue.ready, queue.leased, queue.delayed, queue.dead, queue.bytes,
                queue.depthMax, queue.publishedTotal, queue.settledTotal, queue.drainPerSecond,
                queue.paused ? "paused" : "open")
        }
        print(table.text)
        let perSync =
            stats.fsyncsTotal > 0 ? Double(stats.recordsTotal) / Double(stats.fsyncsTotal) : 0
        let figure = (perSync * 10).rounded() / 10
        print("\(stats.recordsTotal) records in \(stats.fsyncsTotal) syncs: \(figure) a sync")
    }
}
