// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// `meshctl bench publish`: single messages, each answered once it is on disk.
struct BenchPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish single messages to brokerd, each answered once it is on disk.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Bytes of each message's body.")
    var bodyBytes = 256

    @Option(help: "The queue; with --address it must exist and be deep enough.")
    var queue = "bench"

    func run() async throws {
        var results: [BenchResult] = []
        for load in try options.cases() {
            results.append(try await measure(load))
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    /// A fresh broker for each case: none pays for the backlog of the one before.
    private func measure(_ load: BenchCase) async throws -> BenchResult {
        if let address = options.address {
            guard let endpoint = MeshEndpoint(address), let directory = options.certificates else {
                throw CommandError("--address HOST:PORT needs --certificates")
            }
            return try await measure(
                load, at: endpoint, TLSFiles(directory: directory, name: options.identity),
                options.pid.map(ProcessCPU.init))
        }
        let broker = try await PrivateDaemon.start(
            "brokerd", in: options.directory,
            settings: [
                "MESH_QUEUES": queue, "MESH_QUEUE_DEPTH": "1000000000",
                "MESH_QUEUE_BYTE_DEPTH": "4000000000000",
            ])
        let result = try await measure(load, at: broker.endpoint, broker.tls, broker.cpu)
        try await broker.stop()
        return result
    }

    private func measure(
        _ load: BenchCase, at endpoint: MeshEndpoint, _ files: TLSFiles, _ cpu: ProcessCPU?
    ) async throws -> BenchResult {
        let tls = try TLSContext(role: .client, files: files)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connection = MeshConnection(
            to: endpoint, tls: tls, name: "bench-stats",
            group: MultiThreadedEventLoopGroup.singleton)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            let (queue, bodyBytes) = (queue, bodyBytes)
            let bench = try await BenchLoad.open(load, to: endpoint, tls: tls, on: loop) {
                PublishRequest(queue: queue, bodyByteCount: bodyBytes)
            }
            return try await measure(load, bench, loop, BrokerClient(connection), cpu)
        }
    }

    private func measure(
        _ load: BenchCase, _ bench: NIOLoopBound<BenchLoad<PublishRequest>>, _ loop: any EventLoop,
        _ client: BrokerClient, _ cpu: ProcessCPU?
    ) async throws -> BenchResult {
        try await loop.submit { bench.value.start() }.get()
        try await Task.sleep(for: .seconds(options.warmUp))
        let fsyncsBefore = try await client.stats(of: queue).fsyncsTotal
        let cpuBefore = cpu?.time()
        let begin = ContinuousClock.now
        try await loop.submit { bench.value.beginMeasuring() }.get()
        try await Task.sleep(for: .seconds(options.seconds))
        let cpuAfter = cpu?.time()
        let fsyncsAfter = try await client.stats(of: queue).fsyncsTotal
        let elapsed = ContinuousClock.now - begin
        let sample = try await loop.submit { bench.value.finish() }.get()
        return BenchResult(
            name: "publish", load: load, sample: sample, seconds: elapsed / .seconds(1),
            cpu: cpuBefore.flatMap { before in cpuAfter.map { $0 - before } },
            fsyncCount: fsyncsAfter - fsyncsBefore)
    }
}
