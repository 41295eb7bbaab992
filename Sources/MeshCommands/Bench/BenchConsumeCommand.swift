// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix
import Orders
import Wire

/// `meshctl bench consume`: a backlog, delivered and acknowledged, each acknowledgement on disk.
struct BenchConsumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume",
        abstract: "Drain a backlog from brokerd, each acknowledgement answered once it is on disk.",
        discussion: """
            A case `consume` settles all that a delivery brought in one frame, as the stages do, and \
            `consume-single` each message in a frame of its own. Windows are credit.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Messages to drain in each case.")
    var messages = 500_000

    @Option(help: "Bytes of each message's body.")
    var bodyBytes = 256

    private static let queue = "bench"

    func validate() throws {
        guard (1...50_000_000).contains(messages) else {
            throw ValidationError("--messages is 1 to 50000000")
        }
    }

    func run() async throws {
        var results: [BenchResult] = []
        for load in try options.cases() where load.window >= 16 {
            for grouping in [ConsumeScript.Grouping.delivery, .single] {
                let result = try await BenchBroker.with(options, queue: Self.queue) { broker in
                    let backlog = BenchBacklog(queue: Self.queue, bodyByteCount: bodyBytes)
                    try await backlog.fill(messages, of: broker)
                    return try await measure(load, grouping, broker)
                }
                results.append(result)
            }
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    private func measure(
        _ load: BenchCase, _ grouping: ConsumeScript.Grouping, _ broker: BenchBroker
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let drained = loop.makePromise(of: Void.self)
        let left = NIOLoopBoundBox.makeBoxSendingValue(messages, eventLoop: loop)
        let bench = try await BenchLoad.open(
            load.connections, to: broker.endpoint, tls: broker.tls, on: loop
        ) {
            ConsumeScript(
                queue: Self.queue, credit: load.window, measure: .settlement, grouping: grouping
            ) { count in
                left.value -= count
                if left.value == 0 { drained.succeed() }
            }
        }
        let before = try await broker.spent(on: Self.queue)
        let begin = ContinuousClock.now
        try await loop.submit {
            bench.value.beginMeasuring()
            bench.value.start()
        }.get()
        try await drained.futureResult.get()
        let elapsed = ContinuousClock.now - begin
        let after = try await broker.spent(on: Self.queue)
        let sample = try await loop.submit { bench.value.finish() }.get()
        return BenchResult(
            name: grouping == .single ? "consume-single" : "consume", load: load, sample: sample,
            seconds: elapsed / .seconds(1),
            cpu: before.cpu.flatMap { cpu in after.cpu.map { $0 - cpu } },
            fsyncCount: after.fsyncCount - before.fsyncCount)
    }
}
