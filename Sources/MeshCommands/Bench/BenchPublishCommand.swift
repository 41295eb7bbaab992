// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix
import Wire

/// `meshctl bench publish`: single messages, each answered once it is on disk.
struct BenchPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish to brokerd, each message answered once it is on disk.",
        discussion: """
            Single messages, a frame each; then the same number in flight in batches, a frame for so \
            many (case publish-batch, its window in batches).
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Bytes of each message's body.")
    var bodyBytes = 256

    @Option(help: "Messages in a batch; 0 leaves the batches out.")
    var batch = 256

    @Option(help: "The queue; with --address it must exist and be deep enough.")
    var queue = "bench"

    func validate() throws {
        guard batch == 0 || (2...WireLimits.batchCountMax).contains(batch),
            batch * (bodyBytes + 128) <= Self.batchByteCountMax
        else {
            throw ValidationError(
                "--batch is 0, or 2 to \(WireLimits.batchCountMax) messages of together less than "
                    + "\(Self.batchByteCountMax) bytes")
        }
    }

    /// Well within a frame.
    private static let batchByteCountMax = 8 << 20

    func run() async throws {
        let (queue, bodyBytes, batch) = (queue, bodyBytes, batch)
        var results: [BenchResult] = []
        for load in try options.cases() {
            results.append(
                try await measure("publish", load) {
                    PublishRequest(queue: queue, bodyByteCount: bodyBytes)
                })
        }
        // Beside the largest windows, as many in flight.
        for load in try options.cases() where batch > 0 && load.window >= 4 * batch {
            let inBatches = BenchCase(
                connections: load.connections, window: load.window / batch)
            results.append(
                try await measure("publish-batch", inBatches) {
                    PublishBatchRequest(queue: queue, bodyByteCount: bodyBytes, count: batch)
                })
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    /// A fresh broker for each case: none pays for the backlog of the one before.
    private func measure(
        _ name: String, _ load: BenchCase,
        _ makeRequest: @escaping @Sendable () -> some BenchRequest
    ) async throws -> BenchResult {
        try await BenchBroker.with(options, queue: queue) { broker in
            try await measure(name, load, broker, makeRequest)
        }
    }

    private func measure(
        _ name: String, _ load: BenchCase, _ broker: BenchBroker,
        _ makeRequest: @escaping @Sendable () -> some BenchRequest
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let bench = try await BenchLoad.open(
            load.connections, to: broker.endpoint, tls: broker.tls, on: loop
        ) { RequestWindow(makeRequest(), count: load.window) }
        try await loop.submit { bench.value.start() }.get()
        try await Task.sleep(for: .seconds(options.warmUp))
        let before = try await broker.spent(on: queue)
        let begin = ContinuousClock.now
        try await loop.submit { bench.value.beginMeasuring() }.get()
        try await Task.sleep(for: .seconds(options.seconds))
        let after = try await broker.spent(on: queue)
        let elapsed = ContinuousClock.now - begin
        let sample = try await loop.submit { bench.value.finish() }.get()
        return BenchResult(
            name: name, load: load, sample: sample, seconds: elapsed / .seconds(1),
            cpu: before.cpu.flatMap { cpu in after.cpu.map { $0 - cpu } },
            fsyncCount: after.fsyncCount - before.fsyncCount)
    }
}
