// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix

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
            // A fresh broker for each case: none pays for the backlog of the one before.
            let result = try await BenchBroker.with(options, queue: queue) { broker in
                try await measure(load, broker)
            }
            results.append(result)
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    private func measure(_ load: BenchCase, _ broker: BenchBroker) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (queue, bodyBytes) = (queue, bodyBytes)
        let bench = try await BenchLoad.open(
            load.connections, to: broker.endpoint, tls: broker.tls, on: loop
        ) {
            RequestWindow(
                PublishRequest(queue: queue, bodyByteCount: bodyBytes), count: load.window)
        }
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
            name: "publish", load: load, sample: sample, seconds: elapsed / .seconds(1),
            cpu: before.cpu.flatMap { cpu in after.cpu.map { $0 - cpu } },
            fsyncCount: after.fsyncCount - before.fsyncCount)
    }
}
