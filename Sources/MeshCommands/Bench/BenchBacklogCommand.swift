// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOPosix
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// `meshctl bench backlog`: what millions of waiting messages cost.
struct BenchBacklogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backlog",
        abstract: "Measure brokerd with millions of messages waiting: memory, cost, restart.",
        discussion: """
            Consumers acknowledge messages and publish as many with that, so that the depth stays: \
            first at 1,000, then at the depth asked for. Then the broker is killed and started.
            """)

    @Flag(help: "Print one JSON array of objects.")
    var json = false

    @Option(help: "Messages that wait.")
    var messages = 10_000_000

    @Option(help: "Bytes of each message's body.")
    var bodyBytes = 256

    @Option(help: "Consumers, each with as many messages in hand as --window.")
    var consumers = 4

    @Option(help: "Messages in hand of each consumer.")
    var window = 512

    @Option(help: "Seconds to measure at each depth.")
    var seconds = 5.0

    @Option(help: "Seconds to run before measuring.")
    var warmUp = 1.0

    @Option(help: "Directory for the daemon's data; on the disk to be measured.")
    var directory: String?

    private static let queue = "bench"
    /// The depth that the other is compared with.
    private static let smallDepth = 1000

    func validate() throws {
        guard messages >= Self.smallDepth, messages <= 100_000_000 else {
            throw ValidationError("--messages is 1000 to 100000000")
        }
        guard (1...64).contains(consumers), (1...4096).contains(window),
            (0...(1 << 20)).contains(bodyBytes)
        else { throw ValidationError("consumers, window or body are out of range") }
    }

    func run() async throws {
        var broker = try await PrivateDaemon.start(
            "brokerd", in: directory,
            settings: [
                "MESH_QUEUES": Self.queue, "MESH_QUEUE_DEPTH": "1000000000",
                "MESH_QUEUE_BYTE_DEPTH": "4000000000000",
            ])
        let small = try await measure(Self.smallDepth, broker)
        let large = try await measure(messages, broker)
        let elapsed: Duration
        (broker, elapsed) = try await broker.restart()
        try await check(broker)
        let costs = [small, large].map(\.result.serverCPUMicrosecondsPerOperation)
        let results = [
            result(small, ratio: nil, restart: nil),
            result(
                large, ratio: costs[0].flatMap { base in costs[1].map { $0 / base } },
                restart: elapsed / .seconds(1)),
        ]
        try await broker.stop()
        print(json ? try BacklogResult.json(results) : BacklogResult.table(results))
    }

    private typealias Measured = (depth: Int, result: BenchResult, resident: Double?)

    private func result(_ measured: Measured, ratio: Double?, restart: Double?) -> BacklogResult {
        func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        return BacklogResult(
            result: measured.result, depth: measured.depth, residentMebibytes: measured.resident,
            restartSeconds: restart.map(rounded), costRatio: ratio.map(rounded))
    }

    // MARK: - One depth

    private func measure(_ depth: Int, _ broker: PrivateDaemon) async throws -> Measured {
        try await withClient(of: broker) { client in
            let load = HandOverLoad(client, queue: Self.queue, bodyByteCount: bodyBytes)
            try await fill(to: depth, client, load)
            let resident = ProcessMemory(pid: broker.cpu.pid).residentMebibytes
            let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<consumers {
                    tasks.addTask { try await load.consume(credit: UInt32(window)) }
                }
                defer { tasks.cancelAll() }
                return try await sample(load, client, broker.cpu)
            }
            return (depth, result, resident)
        }
    }

    private func withClient<T>(
        of broker: PrivateDaemon, _ body: (BrokerClient) async throws -> T
    ) async throws -> T {
        let connection = MeshConnection(
            to: broker.endpoint, tls: try TLSContext(role: .client, files: broker.tls),
            name: "bench", group: MultiThreadedEventLoopGroup.singleton)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            return try await body(BrokerClient(connection, deadline: .seconds(60)))
        }
    }

    /// Publishes in batches, several at a time, until so many messages wait.
    private func fill(to depth: Int, _ client: BrokerClient, _ load: HandOverLoad) async throws {
        let statistics = try await client.stats(of: Self.queue).queues
        var missing = depth - (statistics.first.map { Int($0.ready + $0.leased) } ?? 0)
        while missing > 0 {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<Self.batchesAtATime where missing > 0 {
                    let count = min(missing, Self.batchCount)
                    missing -= count
                    tasks.addTask {
                        _ = try await client.publish(load.makeEnvelopes(count), to: Self.queue)
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    private static let batchCount = 1024
    private static let batchesAtATime = 8

    private func sample(
        _ load: HandOverLoad, _ client: BrokerClient, _ cpu: ProcessCPU
    ) async throws -> BenchResult {
        try await Task.sleep(for: .seconds(warmUp))
        let fsyncsBefore = try await client.stats(of: Self.queue).fsyncsTotal
        let cpuBefore = cpu.time()
        let begin = ContinuousClock.now
        load.beginMeasuring()
        try await Task.sleep(for: .seconds(seconds))
        let sample = load.finish()
        let elapsed = ContinuousClock.now - begin
        let cpuAfter = cpu.time()
        let fsyncsAfter = try await client.stats(of: Self.queue).fsyncsTotal
        return BenchResult(
            name: "backlog", load: BenchCase(connections: 1, window: consumers * window),
            sample: sample, seconds: elapsed / .seconds(1),
            cpu: cpuBefore.flatMap { before in cpuAfter.map { $0 - before } },
            fsyncCount: fsyncsAfter - fsyncsBefore)
    }

    // MARK: - Restart

    /// Nothing may be missing after the kill.
    private func check(_ broker: PrivateDaemon) async throws {
        try await withClient(of: broker) { client in
            let statistics = try await client.stats(of: Self.queue).queues
            guard let queue = statistics.first, queue.ready + queue.delayed == UInt64(messages)
            else { throw CommandError("messages are missing after the restart: \(statistics)") }
        }
    }
}
