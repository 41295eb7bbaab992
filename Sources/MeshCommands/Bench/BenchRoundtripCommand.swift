// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix

/// `meshctl bench roundtrip`: from a publisher through the disk to a consumer, at a steady rate.
struct BenchRoundtripCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roundtrip",
        abstract: "Time messages from publisher to consumer at steady rates.",
        discussion: """
            One connection publishes, another consumes and acknowledges. Latencies run from the moment \
            at which a message was due to be published to that of its delivery; windows are credit.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Messages a second to offer, separated by commas.")
    var rates = "1000,10000"

    @Option(help: "Bytes of each message's body, at least 8.")
    var bodyBytes = 256

    private static let queue = "bench"
    private static let credit = 4096

    func validate() throws {
        guard bodyBytes >= 8 else { throw ValidationError("--body-bytes is at least 8") }
    }

    func run() async throws {
        var results: [BenchResult] = []
        for rate in try BenchOptions.numbers(rates, "--rates", in: 1...1_000_000) {
            let result = try await BenchBroker.with(options, queue: Self.queue) { broker in
                try await measure(rate, broker)
            }
            results.append(result)
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    private func measure(_ rate: Int, _ broker: BenchBroker) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let consumer = try await BenchLoad.open(1, to: broker.endpoint, tls: broker.tls, on: loop) {
            ConsumeScript(queue: Self.queue, credit: Self.credit, measure: .journey)
        }
        let bodyBytes = bodyBytes
        let publisher = try await BenchLoad.open(
            1, to: broker.endpoint, tls: broker.tls, on: loop
        ) { PacedPublisher(queue: Self.queue, bodyByteCount: bodyBytes, perSecond: rate) }
        try await loop.submit {
            consumer.value.start()
            publisher.value.start()
            Self.publish(publisher, on: loop)
        }.get()
        try await Task.sleep(for: .seconds(options.warmUp))
        let before = try await broker.spent(on: Self.queue)
        let begin = ContinuousClock.now
        try await loop.submit {
            consumer.value.beginMeasuring()
            publisher.value.beginMeasuring()
        }.get()
        try await Task.sleep(for: .seconds(options.seconds))
        let after = try await broker.spent(on: Self.queue)
        let elapsed = ContinuousClock.now - begin
        let sample = try await loop.submit {
            var sample = consumer.value.finish()
            sample.errorCount += publisher.value.finish().errorCount
            return sample
        }.get()
        return BenchResult(
            name: "roundtrip\(rate)", load: BenchCase(connections: 2, window: Self.credit),
            sample: sample, seconds: elapsed / .seconds(1),
            cpu: before.cpu.flatMap { cpu in after.cpu.map { $0 - cpu } },
            fsyncCount: after.fsyncCount - before.fsyncCount)
    }

    /// Wakes up for each message at the moment it is due: a timer of its own would count as the
    /// daemon's.
    private static func publish(
        _ publisher: NIOLoopBound<BenchLoad<PacedPublisher>>, on loop: any EventLoop
    ) {
        var next: NIODeadline?
        publisher.value.connections[0].act { next = $0.tick(at: .now(), into: &$1) }
        guard let next else { return }
        loop.scheduleTask(deadline: next) { publish(publisher, on: loop) }
    }
}
