// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import ServiceClients
import Wire

/// `meshctl queue policy`: makes a queue, or changes what it allows.
struct QueuePolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Change a queue's policy, or make the queue.",
        discussion: "What is not named stays as it is; a new queue has the broker's defaults.")

    @Argument(help: "The queue.")
    var queue: String

    @Option(help: "How long a lease lasts: 500ms, 30s, 5m.")
    var lease: DurationArgument?

    @Option(help: "First attempt and retries, 1 to 100.")
    var attempts: UInt32?

    @Option(help: "Back-off before the first retry, before jitter.")
    var backoffBase: DurationArgument?

    @Option(help: "Longest back-off.")
    var backoffMax: DurationArgument?

    @Option(help: "Most messages that wait or are leased.")
    var depth: UInt64?

    @Option(help: "Most bytes of those.")
    var byteDepth: UInt64?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether what comes to an order behind its dead letter waits for that.")
    var holdBehindDead: Bool?

    @Flag(help: "Make the queue if there is none of that name.")
    var create = false

    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let after = try await mesh.withBroker { broker in
            let before = try await broker.stats().queues.first { $0.queue == queue }
            guard before != nil || create else {
                throw CommandError("there is no queue \(queue); --create makes one")
            }
            try await broker.declare(request(changing: before))
            return try await broker.stats(of: queue)
        }
        if let queue = after.queues.first { print(QueueStatsCommand.text(queue)) }
    }

    private func request(changing before: QueueStatistics?) -> Declare {
        Declare(
            queue: queue,
            leaseMilliseconds: lease?.duration.wireMilliseconds ?? before?.leaseMilliseconds
                ?? 30_000,
            attemptsMax: attempts ?? before?.attemptsMax ?? 4,
            backoffBaseMilliseconds: backoffBase?.duration.wireMilliseconds
                ?? before?.backoffBaseMilliseconds ?? 500,
            backoffMaxMilliseconds: backoffMax?.duration.wireMilliseconds
                ?? before?.backoffMaxMilliseconds ?? 60_000,
            depthMax: depth ?? before?.depthMax ?? 100_000,
            byteDepthMax: byteDepth ?? before?.byteDepthMax ?? 1 << 30, who: act.who,
            why: act.why, holdBehindDead: holdBehindDead ?? before?.holdBehindDead ?? true)
    }
}
