// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import NIOPosix
import SecureTransport
import Sessions

/// `meshctl bench admission`: orders accepted by ingestd, each durable in PostgreSQL and in the broker
/// before it is answered, over HTTP keep-alive and over the mesh.
struct BenchAdmissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admission",
        abstract: "Place orders with ingestd, over HTTP and over the mesh.")

    @Flag(help: "Print one JSON array of objects.")
    var json = false

    @Option(help: "HTTP connections, one order in flight on each, separated by commas.")
    var http = "64"

    @Option(help: "Connections of the mesh protocol, separated by commas.")
    var connections = "4"

    @Option(help: "Orders in flight on each of those, separated by commas.")
    var windows = "16,256"

    @Option(help: "Seconds to measure in each case.")
    var seconds = 5.0

    @Option(help: "Seconds to run before measuring.")
    var warmUp = 1.0

    @Option(help: "Directory for data of the daemons; on the disk to be measured.")
    var directory: String?

    func run() async throws {
        let daemons = try await AdmissionDaemons.start(in: directory)
        var results: [BenchResult] = []
        for count in try BenchOptions.numbers(http, "--http") {
            results.append(try await measureHTTP(count, daemons))
        }
        for count in try BenchOptions.numbers(connections, "--connections") {
            for window in try BenchOptions.numbers(windows, "--windows") {
                let load = BenchCase(connections: count, window: window)
                results.append(try await measureMesh(load, daemons))
            }
        }
        try await daemons.stop()
        print(json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    private func measureHTTP(
        _ count: Int, _ daemons: AdmissionDaemons
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let opening = (0..<count).map { _ in
            HTTPPlaceConnection.open(port: daemons.httpPort, on: loop)
        }
        let bench = try await EventLoopFuture.whenAllSucceed(opening, on: loop).map { bound in
            NIOLoopBound(bound.map(\.value), eventLoop: loop)
        }.get()
        try await loop.submit { for one in bench.value { one.start() } }.get()
        return try await interval.measure(
            "admission http", BenchCase(connections: count, window: 1),
            cpu: daemons.ingest.cpu,
            begin: {
                try await loop.submit { for one in bench.value { one.sample = .init() } }.get()
            },
            end: {
                try await loop.submit {
                    var sum = BenchSample()
                    for one in bench.value {
                        if let sample = one.sample { sum.add(sample) }
                        one.stop()
                    }
                    return sum
                }.get()
            })
    }

    private func measureMesh(
        _ load: BenchCase, _ daemons: AdmissionDaemons
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let bench = try await BenchLoad.open(
            load.connections, to: daemons.ingest.endpoint,
            tls: try TLSContext(role: .client, files: daemons.tls), on: loop
        ) { RequestWindow(PlaceRequest(), count: load.window) }
        try await loop.submit { bench.value.start() }.get()
        return try await interval.measure(
            "admission mesh", load, cpu: daemons.ingest.cpu,
            begin: { try await loop.submit { bench.value.beginMeasuring() }.get() },
            end: { try await loop.submit { bench.value.finish() }.get() })
    }

    private var interval: BenchInterval { BenchInterval(warmUp: warmUp, measured: seconds) }
}
